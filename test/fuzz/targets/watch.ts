import { SERVER_LIMITS } from '../../../src/clusters/options.ts'
import { readLines } from '../../../src/clusters/server/api/body.ts'
import { createLargeAnswers } from '../../../src/clusters/server/api/large-answers.ts'
import { streamedListEvents, watchEvents } from '../../../src/clusters/server/api/watch.ts'
import type { ServerClient } from '../../../src/clusters/server/client.ts'
import fc from '../../fast-check.ts'
import { inPieces, nearly } from '../broken-text.ts'
import { allOf, type FuzzTarget, refusedOrLater } from '../target.ts'

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b', resourceVersion: '2' } }
const EVENTS = [
  ...['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'OTHER'].map((type) => ({ type, object })),
  {
    type: 'BOOKMARK',
    object: { metadata: { resourceVersion: '3', annotations: { 'k8s.io/initial-events-end': 'true' } } },
  },
].map((event) => `${JSON.stringify(event)}\n`)
const PIECES = ['\n', '{', '}', '"', '[]', ',', 'null', '"metadata"', '"object":', '\0', '\ud800', ':1e999']
const served = {
  group: '',
  kind: 'ConfigMap',
  resource: 'configmaps',
  namespaced: true,
  versions: ['v1'],
  verbs: ['get', 'list', 'watch'],
}

/** A stream of events ends or is refused with a code of the cluster; in what pieces it comes does not matter. */
export const watchStreams: FuzzTarget = {
  name: 'watch streams',
  shortRuns: 300,
  prepare: async () => {
    const stream = nearly(
      fc.array(fc.constantFrom(...EVENTS), { maxLength: 4 }).map((all) => all.join('')),
      PIECES,
    )
    const enterLarge = createLargeAnswers()
    return fc.asyncProperty(stream, fc.array(fc.nat(), { maxLength: 3 }), async (text, cuts) => {
      const { signal } = new AbortController()
      const enter = () => enterLarge('one', signal)
      const pieces = inPieces(Buffer.from(text), cuts).map((piece) => Buffer.from(piece))
      const refuse = () => Promise.reject(new Error('a watch asks for nothing else'))
      const server: ServerClient = {
        json: refuse,
        held: refuse,
        jsonIfChanged: refuse,
        enterList: async () => () => undefined,
        lines: async () => readLines(only(pieces), SERVER_LIMITS.objectBytes, 'configmaps', enter),
      }
      const target = { served, namespace: undefined, selectors: {}, metadataOnly: false }
      for (const events of [
        () => watchEvents(server, target, '1', SERVER_LIMITS, () => false, signal),
        () => streamedListEvents(server, target, SERVER_LIMITS, () => false, signal),
      ])
        await refusedOrLater(/^GDE_(?:CLUSTER_\w+|TOO_LARGE)$/, () => allOf(singly(events())))
    })
  },
}

async function* only(pieces: readonly Buffer[]): AsyncGenerator<readonly Buffer[]> {
  yield pieces
}

async function* singly<Event>(batches: AsyncIterable<Iterable<Event>>): AsyncGenerator<Event> {
  for await (const batch of batches) yield* batch
}
