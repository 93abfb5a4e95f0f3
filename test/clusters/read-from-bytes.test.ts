import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createEventLoopSlice } from '../../src/concurrency/event-loop-slice.ts'
import { startKindInformer } from '../../src/engine/live/kind-informer.ts'
import { unpackLive } from '../../src/engine/live/live-object.ts'
import { UnreadBuffers } from '../../src/engine/live/unread-buffers.ts'
import type { ClusterConnector, Interest, PresentEvent } from '../../src/model/clusters/cluster.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { type KubernetesObject, objectKeyText } from '../../src/model/object.ts'
import fc from '../fast-check.ts'
import { type Answer, sendJson } from '../servers/scripted-api-server.ts'
import { observe } from './collect.ts'
import {
  CONFIG_MAP,
  configMap,
  connect,
  LIST,
  list,
  listing,
  listsAndWatches,
  scripted,
  watchLines,
} from './scripted.ts'

const MARK = 'argocd.argoproj.io/tracking-id'
const NAMES = ['a', 'b', 'ü', 'd"e', 'f<g', 'last'] as const
const keyOf = (name: string) => ({ ...CONFIG_MAP, namespace: 'shop', name })
const isMarked = ({ metadata: { annotations, labels, ownerReferences } }: KubernetesObject): boolean =>
  !(Array.isArray(ownerReferences) && ownerReferences.length > 0) &&
  ((isJsonObject(annotations) && typeof annotations[MARK] === 'string') || (isJsonObject(labels) && labels.app === 'ä'))

/** What looks like other parts of an object, and is not. */
const LOOKALIKES = [
  `{"metadata":{"name":"a","namespace":"shop","annotations":{"${MARK}":"x"}}}`,
  `","metadata":{"name":"a"},"x":"`,
  `\\`,
  `\\"`,
  `}]}{[`,
  `"${MARK}":"x"`,
  'x'.repeat(200),
  `${'\\"'.repeat(50)}`,
]
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom(...LOOKALIKES))
const texts = fc.dictionary(fc.oneof(fc.constantFrom('metadata', 'name', 'kind', '__proto__'), text), text, {
  maxKeys: 4,
  noNullPrototype: true,
})

interface Wished {
  readonly name: string
  readonly [field: string]: unknown
}

const entry = fc.record(
  {
    manager: fc.constantFrom('m', 'n'),
    subresource: fc.constantFrom('status', 'scale'),
    time: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z', '', 'é', 'two\nlines', null, 7),
    fieldsV1: fc.constant({ 'f:metadata': { 'f:name': {} } }),
  },
  { requiredKeys: [] },
)
const metadata = fc.record(
  {
    name: fc.constantFrom(...NAMES.slice(0, -1)),
    annotations: fc.tuple(texts, fc.boolean()).map(([all, marked]) => (marked ? { ...all, [MARK]: 'x' } : all)),
    labels: fc.oneof(texts, fc.constant({ app: 'ä' }), fc.constant(null)),
    ownerReferences: fc.constantFrom([], [{ kind: 'Owner', name: 'a' }], null),
    managedFields: fc.array(entry, { maxLength: 3 }),
    creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', null),
    generation: fc.constantFrom(1, 2),
  },
  { requiredKeys: ['name'] },
)
const body = fc.record(
  {
    data: texts,
    status: texts,
    spec: fc.record({ template: fc.record({ metadata: fc.constant({ name: 'a', labels: { app: 'ä' } }) }) }),
  },
  { requiredKeys: [] },
)
const object = fc.tuple(metadata as fc.Arbitrary<Wished>, body).map(([own, rest]) => ({ metadata: own, ...rest }))
type Made = { readonly metadata: Wished }

/** Ways to write the same JSON, taken in turn: orders of keys, escapes, space, keys that come twice. */
function writer(choices: readonly number[]) {
  let turn = 0
  const choose = (count: number): number => (choices[turn++ % choices.length] ?? 0) % count
  const space = (): string => ['', '', '', ' ', '\t'][choose(5)] ?? ''
  const escaped = (value: string): string =>
    JSON.stringify(value).replace(/[a-z/<]/g, (one) =>
      choose(12) > 0 ? one : one === '/' ? '\\/' : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  const quoted = (value: string): string =>
    // An escape sequence of JSON itself is left as it is.
    value.includes('\\') || choose(4) > 0 ? JSON.stringify(value) : escaped(value)
  const write = (value: unknown): string => {
    if (typeof value === 'string') return quoted(value)
    if (Array.isArray(value)) return `[${value.map((one) => `${space()}${write(one)}${space()}`).join(',')}]`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    const members = Object.entries(value).map(([key, one]) => `${quoted(key)}${space()}:${space()}${write(one)}`)
    const start = choose(3) === 0 ? choose(members.length + 1) : 0
    const turned = [...members.slice(start), ...members.slice(0, start)]
    const twice = 'name' in value && choose(10) === 0 ? ['"name":"b"', '"labels":{"app":"ä"}'] : []
    return `{${space()}${[...twice, ...turned].join(`${space()},${space()}`)}${space()}}`
  }
  return write
}

function inform(connector: ClusterConnector, declared: readonly string[], t: TestContext) {
  const informer = startKindInformer({
    connector,
    kind: CONFIG_MAP,
    observe: {},
    slice: createEventLoopSlice(),
    now: Date.now,
    backoff: { firstMs: 5, longestMs: 5 },
    random: Math.random,
    isMarked,
    onChange: () => false,
    unread: new UnreadBuffers(),
    onWaiting: () => undefined,
    onPhase: () => undefined,
  })
  t.after(() => informer.stop())
  const want = (name: string): void => informer.want(keyOf(name), objectKeyText(keyOf(name)))
  const look = (name: string) => informer.look(objectKeyText(keyOf(name)))
  for (const name of declared) want(name)
  return {
    want,
    look,
    stop: () => informer.stop(),
    async until(name: string, state: string) {
      const deadline = performance.now() + 20_000
      while (look(name).state !== state) {
        if (performance.now() > deadline) throw new Error(`${name} is ${look(name).state}, and not ${state}`)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    },
  }
}

/** What an informer keeps of a kind once it was told the last event. */
async function kept(connector: ClusterConnector, declared: readonly string[], t: TestContext): Promise<Json> {
  const informer = inform(connector, [...declared, 'last'], t)
  await informer.until('last', 'present')
  informer.stop()
  const states = NAMES.map((name) => {
    const look = informer.look(name)
    // What was declared once a list had begun and is not in it is asked for by itself: whether it is known to be absent yet is no matter here.
    return [name, look.state === 'present' ? { ...unpackLive(look.live) } : null] as const
  })
  return Object.fromEntries(states)
}

/** The same connector for who reads everything. */
const reading = (connector: ClusterConnector): ClusterConnector => ({
  ...connector,
  observe: (kind, { interest: _, ...options }, signal) => connector.observe(kind, options, signal),
})

/** The same for who reads all that may wait only later, from its own copy. */
const readingLater = (connector: ClusterConnector): ClusterConnector => ({
  ...connector,
  async *observe(kind, { interest, ...options }, signal) {
    const waiting: Interest | undefined = interest && {
      concerns: (head) => interest.concerns(head),
      held: () => interest.held(),
      recall: (head, fingerprint) => interest.recall?.(head, fingerprint),
      mayWait: () => true,
    }
    const observed = connector.observe(kind, { ...options, ...(waiting && { interest: waiting }) }, signal)
    for await (const event of observed) {
      if (event.type !== 'Unread') yield event
      else {
        const read: PresentEvent[] = []
        event.keep(Buffer.alloc(event.bytes))((found) => read.push(found))
        yield* read
      }
    }
  },
})

for (const version of ['v1.36.0', 'v1.30.0'])
  test(`what is read from bytes is what parsing all would give, where lists ${version === 'v1.36.0' ? 'are streamed' : 'come in pages'}`, async (t) => {
    const server = await scripted(t)
    server.answer('/version', (_, response) => sendJson(response, { gitVersion: version }))
    const connector = await connect(t, { server: server.url })
    let answer: Answer = () => undefined
    server.answer(LIST, (request, response, url) => answer(request, response, url))
    const events = fc.array(fc.tuple(fc.constantFrom('ADDED', 'MODIFIED', 'DELETED'), object), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(object, { maxLength: 5, selector: (one) => one.metadata.name }),
        events,
        fc.subarray([...NAMES.slice(0, -1)]),
        fc.array(fc.nat(1000), { minLength: 5, maxLength: 60 }),
        async (list, later, declared, choices) => {
          const write = writer(choices)
          let number = 0
          const whole = ({ metadata: own, ...rest }: Made, typed: boolean): JsonObject =>
            ({
              ...(typed && { kind: 'ConfigMap', apiVersion: 'v1' }),
              metadata: { ...own, namespace: 'shop', resourceVersion: String(++number), uid: `u-${number}` },
              ...rest,
            }) as JsonObject
          const line = (type: string, one: Made): string => `${write({ type, object: whole(one, true) })}\n`
          const items = `[${list.map((one) => write(whole(one, false))).join(',')}]`
          const page = `{"kind":"ConfigMapList","items":${items},"apiVersion":"v1","metadata":{"resourceVersion":"50"}}`
          const streamed = list.map((one) => line('ADDED', one)).join('')
          const watched = [...later, ['ADDED', { metadata: { name: 'last' } }] as const].map(([type, one]) =>
            line(type, one),
          )
          const end = { resourceVersion: '50', annotations: { 'k8s.io/initial-events-end': 'true' } }
          const bookmark = `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: end } })}\n`
          answer = (_, response, url) => {
            if (!url.searchParams.has('watch')) response.writeHead(200).end(page)
            else {
              response.writeHead(200)
              if (url.searchParams.has('sendInitialEvents')) response.write(streamed + bookmark)
              response.write(watched.join(''))
            }
          }
          const parsed = await kept(reading(connector), declared, t)
          assert.deepEqual(await kept(connector, declared, t), parsed)
          assert.deepEqual(await kept(readingLater(connector), declared, t), parsed)
        },
      ),
      { numRuns: 60, endOnFailure: true },
    )
  })

const GONE = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } }

test('an object that was passed over, and read when an app declared it, is gone when a later list lacks it', async (t) => {
  const server = await scripted(t)
  let expire = (): void => undefined
  server.answer('/api/v1/namespaces/shop/configmaps/late', (_, response) => sendJson(response, configMap('late', '1')))
  server.answer(
    LIST,
    listsAndWatches(
      [listing('late', 'kept'), listing('kept')],
      [
        (_, response) => {
          response.writeHead(200).flushHeaders()
          expire = () => void response.write(`${JSON.stringify(GONE)}\n`)
        },
      ],
    ),
  )
  const informer = inform(await connect(t, { server: server.url }), ['kept'], t)
  await informer.until('kept', 'present')
  assert.equal(informer.look('late').state, 'absent')
  informer.want('late')
  await informer.until('late', 'present')
  expire()
  await informer.until('late', 'absent')
  assert.equal(informer.look('kept').state, 'present')
})

test('an object of nobody does no harm, whatever is in it', async (t) => {
  const server = await scripted(t)
  const nested = `${'['.repeat(2000)}${']'.repeat(2000)}`
  const deep = (name: string) => JSON.stringify(configMap(name, '2')).replace(/}$/, `,"data":${nested}}`)
  server.answer(LIST, (_, response, url) => {
    if (!url.searchParams.has('watch'))
      response.end(`{"metadata":{"resourceVersion":"1"},"items":[${deep('a')},${JSON.stringify(configMap('b', '1'))}]}`)
    else
      for (const line of [deep('a'), JSON.stringify(configMap('last', '3'))])
        response.write(`{"type":"ADDED","object":${line}}\n`)
  })
  const connector = await connect(t, { server: server.url })
  const informer = inform(connector, ['b', 'last'], t)
  await informer.until('last', 'present')
  assert.equal(informer.look('b').state, 'present')
  await using all = observe(connector, CONFIG_MAP)
  await all.until('Lost GDE_TOO_LARGE')
})

test('an object that differs from one that was read in what is its own, and in its status, is not read', async (t) => {
  const server = await scripted(t)
  const like = (name: string, uid: string, status: string) => {
    const { metadata: own, ...rest } = configMap(name, uid)
    return JSON.stringify({ ...rest, metadata: { ...own, uid } }).replace(/}$/, `,"status":${status}}`)
  }
  // Whoever parses it is refused.
  const unreadable = `${'['.repeat(2000)}${']'.repeat(2000)}`
  server.answer(LIST, (_, response, url) => {
    if (!url.searchParams.has('watch'))
      response.end(`{"metadata":{"resourceVersion":"1"},"items":[${like('a', '1', '{}')}]}`)
    else
      for (const line of [like('a', '2', unreadable), like('last', '3', '1')])
        response.write(`{"type":"MODIFIED","object":${line}}\n`)
  })
  const informer = inform(await connect(t, { server: server.url }), ['a', 'last'], t)
  await informer.until('last', 'present')
  const look = informer.look('a')
  assert(look.state === 'present')
  assert.equal(unpackLive(look.live).metadata.uid, '2')
})

test('who is asked whether an object matters sees nothing of what was last applied', async (t) => {
  const server = await scripted(t)
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"canary"}}', note: 'seen' }
  const own = { name: 'a', namespace: 'shop', resourceVersion: '1', annotations: applied }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: own, data: { password: 'canary' } }
  server.answer('/api/v1/secrets', listsAndWatches([(_, response) => sendJson(response, list([secret], '10'))]))
  const connector = await connect(t, { server: server.url })
  const seen: string[] = []
  const concerns = ({ metadata: { annotations, ...rest } }: KubernetesObject): boolean => {
    seen.push(JSON.stringify([annotations, rest]))
    return false
  }
  await using secrets = observe(connector, { group: '', kind: 'Secret' }, { interest: { concerns, held: () => [] } })
  assert.deepEqual(await secrets.until('Synced'), ['Synced'])
  assert.match(seen.join(), /seen/)
  assert.doesNotMatch(seen.join(), /canary/)
})

test('of what is as it was a later list reads the name alone, and an object that was made anew is told though its number is the same', async (t) => {
  const server = await scripted(t)
  const withUid = (name: string, uid: string) => {
    const { metadata: own, ...rest } = configMap(name, '1')
    return { ...rest, metadata: { ...own, uid } }
  }
  // What could not be read: whoever parses it anew is refused.
  const unreadable = JSON.stringify(withUid('kept', 'uid-of-kept')).replace(
    /}$/,
    `,"data":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  )
  const anew = JSON.stringify(withUid('anew', 'another-uid'))
  server.answer(
    LIST,
    listsAndWatches(
      [
        (_, response) =>
          sendJson(response, list([withUid('kept', 'uid-of-kept'), withUid('anew', 'uid-of-first')], '10')),
        (_, response) => response.end(`{"metadata":{"resourceVersion":"12"},"items":[${unreadable},${anew}]}`),
      ],
      [watchLines(GONE), watchLines({ type: 'ADDED', object: configMap('last', '13') })],
    ),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  assert.deepEqual(await observation.until('Upsert shop/last'), ['Upsert shop/anew', 'Upsert shop/last'])
})

test('a watch is taken up behind what was passed over', async (t) => {
  const server = await scripted(t)
  const ended: Answer = (_, response) => {
    response.writeHead(200)
    response.end(`${JSON.stringify({ type: 'MODIFIED', object: configMap('other', '41') })}\n`)
  }
  server.answer(
    LIST,
    listsAndWatches([listing('other')], [ended, watchLines({ type: 'ADDED', object: configMap('last', '42') })]),
  )
  const informer = inform(await connect(t, { server: server.url }), ['last'], t)
  await informer.until('last', 'present')
  assert.ok(server.requests.some((request) => request.includes('resourceVersion=41')))
})
