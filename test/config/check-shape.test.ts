import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { CONFIG_SHAPE, checkShape } from '../../src/config/check-shape.ts'
import { parseConfigDocument } from '../../src/config/config-document.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { Json } from '../../src/model/json.ts'
import fc from '../fast-check.ts'

const EXAMPLE = join(import.meta.dirname, '../../docs/config.example.yaml')
const INVALID = join(import.meta.dirname, 'invalid')

/** What files hold, the right and the wrong ones; without those that are no YAML. */
async function documents(): Promise<readonly Json[]> {
  const names = (await readdir(INVALID)).filter((name) => name.endsWith('.yaml'))
  const texts = await Promise.all([EXAMPLE, ...names.map((name) => join(INVALID, name))].map((path) => readFile(path)))
  return texts.flatMap((text) => {
    try {
      return [parseConfigDocument(text.toString(), 'config.yaml').value]
    } catch (error) {
      if (error instanceof CodedError) return []
      throw error
    }
  })
}

/** Every place of a value: the container, and the key of what is in it. */
function places(value: Json): { readonly parent: Record<string, unknown>; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  const parent = value as Record<string, unknown>
  return Object.keys(value).flatMap((key) => [{ parent, key }, ...places(parent[key] as Json)])
}

function assertAgreement(value: Json): boolean {
  const [quick, thorough] = [structuredClone(value), structuredClone(value)]
  const fits = CONFIG_SHAPE.fits(quick)
  // What the quick way refuses is asked the thorough one, so it may be stricter, and never more lenient.
  const isRight = CONFIG_SHAPE.validator()(thorough)
  if (fits) assert.deepEqual([isRight, quick], [true, thorough])
  return fits && isRight
}

test('the quick way to check a config lets nothing pass that the thorough one refuses, with the same defaults', async () => {
  const values = await documents()
  assert.ok(values.filter(assertAgreement).length > 10)
  const mutations = fc.record({
    value: fc.constantFrom(...values),
    place: fc.nat(),
    instead: fc.oneof(
      fc.constantFrom<Json | undefined>(undefined, null, '', 'x', '😀', 0, -1, 1.5, true, [], {}, [{}], ['']),
      fc.jsonValue() as fc.Arbitrary<Json>,
      fc.constantFrom(...values).map((other) => places(other).map(({ parent, key }) => parent[key] as Json)[0] ?? null),
    ),
  })
  let agreed = 0
  fc.assert(
    fc.property(mutations, ({ value, place, instead }) => {
      const changed = structuredClone(value)
      const all = places(changed)
      const { parent, key } = all[place % all.length] ?? {}
      if (parent === undefined || key === undefined) return
      if (instead === undefined) delete parent[key]
      else parent[key] = instead
      if (assertAgreement(changed)) agreed += 1
    }),
    { numRuns: 3000 },
  )
  assert.ok(agreed > 100, `${agreed}`)
})

test('the thorough way to check a config is not compiled for one without mistakes', async () => {
  const text = await readFile(EXAMPLE, 'utf8')
  const { config } = checkShape(parseConfigDocument(text, 'config.yaml'), 'config.yaml', {
    ...CONFIG_SHAPE,
    validator: () => assert.fail('it was compiled'),
  })
  assert.equal(config?.clusters?.length, 4)
})
