import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { openTree } from '../../../src/git/tree-reader.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { sealObject } from '../../../src/kubernetes/seal.ts'
import { CodedError } from '../../../src/model/failure.ts'
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts'
import type { SourceTree } from '../../../src/model/rendering.ts'
import { createRenderer } from '../../../src/render/renderer.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { fluxContext } from '../../discovery/flux/test-world.ts'
import { testModule } from '../../sandbox/test-sandbox.ts'
import { DESTINATION, SEALING_KEY } from '../rendering.ts'
import { testRepository } from '../test-repository.ts'
import { compact, type FluxCase, gitRepositoryFor, inCaseOrder, kustomizationFor, readFluxCases } from './case.ts'

const cases = await readFluxCases()
let module: WebAssembly.Module
before(async () => {
  module = await testModule()
})

function render(one: FluxCase, tree: SourceTree) {
  const objects = [kustomizationFor(one), gitRepositoryFor(one), ...one.references]
  const { context, disclose } = fluxContext(objects, { strict: one.strict })
  const [app] = fluxApps(context).apps
  assert.ok(app !== undefined)
  if (app.problem !== undefined) throw new CodedError(app.problem.code, app.problem.message)
  const renderer = createRenderer({
    openTree,
    sandbox: () => createSandbox(module),
    sealingKey: SEALING_KEY,
    disclose,
  })
  const sources = app.sources.map((source) => ({ ...source, tree }))
  return { app, rendering: renderer.render({ app: app.name, sources, destination: DESTINATION }) }
}

for (const one of cases) {
  test(one.name, async () => {
    const repository = await testRepository()
    try {
      await repository.copy(one.source, '.')
      const tree = await repository.commit()
      if (one.error) {
        assert.throws(() => render(one, tree), CodedError)
        return
      }
      const { app, rendering } = render(one, tree)
      const given = rendering.objects.map(({ action, object }) => ({ action, object: asObject(compact(object)) }))
      const expected = one.objects.map(({ action, object }) => ({
        action: String(action),
        object: asObject(compact(sealObject(asKubernetesObject(object ?? null), SEALING_KEY))),
      }))
      assert.deepEqual(inCaseOrder(given), inCaseOrder(expected))
      const ignored = app.policy.ignore.map(({ jsonPointers }) => jsonPointers)
      const rules = Array.isArray(one.driftIgnore) ? one.driftIgnore.filter(isJsonObject) : []
      assert.deepEqual(
        ignored,
        rules.map(({ paths }) => paths),
      )
    } finally {
      await repository.remove()
    }
  })
}

function asObject(value: unknown): JsonObject {
  assert.ok(typeof value === 'object' && value !== null)
  return Object(value)
}
