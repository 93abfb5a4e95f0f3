import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { parseConfig } from '../../../src/config/load-config.ts'
import { matchIgnores, resolveIgnores } from '../../../src/drift/match-ignores.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { ignoreRuleText } from '../../../src/presentation/acting/ignore-rule.ts'
import { displayPathText } from '../../../src/presentation/difference-text.ts'
import { configMap, deployment, object, RECORDED, verdictOf } from '../../drift/objects.ts'
import { type Call, caller, testModule } from '../../sandbox/test-sandbox.ts'

let call: Call
before(async () => {
  call = caller(await testModule())
})

/** As the engine does it: the config is read by its own reader, and jq is upstream's. */
function pathsWith(text: string, desired: KubernetesObject, live: KubernetesObject): readonly string[] {
  const settings = parseConfig(`apps: []\n${text}`, '/config.yaml')
  const matched = matchIgnores(settings.comparing.ignore, desired)
  const pointersOf = (target: KubernetesObject): readonly string[] => {
    if (matched.jqPathExpressions.length === 0) return []
    const { output } = call('jq', { object: target, expressions: matched.jqPathExpressions })
    assert.ok(Array.isArray(output.results))
    return output.results.flatMap(({ pointers, error }) => {
      assert.equal(error, undefined)
      return pointers
    })
  }
  const ignores = resolveIgnores(matched, { desired: pointersOf(desired), live: pointersOf(live) })
  return verdictOf(desired, live, { ignores, ...RECORDED })
    .differences.map(displayPathText)
    .toSorted()
}

function eachRuleIgnoresItsOwn(desired: KubernetesObject, live: KubernetesObject): number {
  const { key, differences } = verdictOf(desired, live, RECORDED)
  assert.ok(differences.length > 1)
  for (const difference of differences) {
    const text = ignoreRuleText(key, difference)
    assert.ok(text !== undefined, difference.path)
    const rest = differences
      .filter((one) => one !== difference)
      .map(displayPathText)
      .toSorted()
    assert.deepEqual(pathsWith(text, desired, live), rest, text)
  }
  return differences.length
}

test('the rule for a field ignores this difference, and no other', () => {
  const desired = configMap(
    { 'a/b': '1', 'c~d': '2', '0': 'x', '\\(.x)"\'#: ': 'y', plain: 'z' },
    { labels: { 'a.b/c': '1' } },
  )
  const live = configMap({ 'a/b': '2', 'c~d': '3', '0': 'y', '\\(.x)"\'#: ': 'z' }, { labels: { 'a.b/c': '2' } })
  assert.equal(eachRuleIgnoresItsOwn(desired, live), 6)
})

test('an item of a list is named by its keys: it may be at another place in the cluster', () => {
  const containers = (...list: readonly JsonObject[]) =>
    deployment({ template: { metadata: { labels: { app: 'x' } }, spec: { containers: [...list] } } })
  const ports = (port: number) => [{ containerPort: 80, protocol: 'TCP', name: `p${port}` }]
  const desired = containers(
    {
      name: 'web',
      image: 'a:1',
      ports: ports(1),
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '1' },
      ],
    },
    { name: 'side', image: 'a:1', args: ['x', 'y'] },
  )
  const live = containers(
    { name: 'injected', image: 'i:1' },
    {
      name: 'web',
      image: 'a:2',
      ports: ports(2),
      env: [
        { name: 'INJECTED', value: '0' },
        { name: 'A', value: '2' },
        { name: 'B', value: '2' },
      ],
    },
    { name: 'side', image: 'a:2', args: ['x', 'z'] },
  )
  assert.ok(eachRuleIgnoresItsOwn(desired, live) >= 5)
})

test('a rule is for one object, and for none where it would be for several', () => {
  const [desired, live] = [configMap({ a: '1' }), configMap({ a: '2' })]
  const { key, differences } = verdictOf(desired, live)
  const [difference] = differences
  assert.ok(difference !== undefined)
  const text = ignoreRuleText({ ...key, name: 'other' }, difference)
  assert.ok(text !== undefined)
  assert.deepEqual(pathsWith(text, desired, live), ['data.a'])
  assert.equal(ignoreRuleText({ ...key, name: 'a*' }, difference), undefined)
  assert.equal(ignoreRuleText(key, { path: '' }), undefined)
})

test('names that YAML reads as something else stay names', () => {
  for (const name of ['no', '1', '0x1', 'null', 'a: b', '- x', '#']) {
    const target = object('ConfigMap', { data: { [name]: '1' } }, { name, namespace: name })
    const live = object('ConfigMap', { data: { [name]: '2' } }, { name, namespace: name })
    const { key, differences } = verdictOf(target, live)
    const text = differences[0] && ignoreRuleText(key, differences[0])
    assert.ok(text !== undefined)
    assert.deepEqual(pathsWith(text, target, live), [], text)
  }
})
