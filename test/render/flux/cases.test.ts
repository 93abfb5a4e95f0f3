import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { CodedError } from '../../../src/model/failure.ts'
import { isJsonObject } from '../../../src/model/json.ts'
import type { Sandbox } from '../../../src/model/sources/sandbox.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { testModule } from '../../sandbox/test-sandbox.ts'
import { testRepository } from '../test-repository.ts'
import { readFluxCases } from './case.ts'
import { assertRendered, renderCase } from './render-case.ts'

const cases = await readFluxCases()
let sandbox: Sandbox
before(async () => {
  sandbox = createSandbox(await testModule())
})

for (const one of cases) {
  test(one.name, async (t) => {
    const repository = await testRepository()
    t.after(() => repository.remove())
    await repository.copy(one.source, '.')
    const tree = await repository.commit()
    if (one.error) {
      assert.throws(() => renderCase(one, tree, sandbox), CodedError)
      return
    }
    const { app, rendering } = renderCase(one, tree, sandbox)
    assertRendered(rendering, one.objects)
    const ignored = app.policy.ignore.map(({ jsonPointers }) => jsonPointers)
    const rules = Array.isArray(one.driftIgnore) ? one.driftIgnore.filter(isJsonObject) : []
    assert.deepEqual(
      ignored,
      rules.map(({ paths }) => paths),
    )
  })
}
