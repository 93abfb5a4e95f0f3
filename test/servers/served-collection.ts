import type { ServerResponse } from 'node:http'
import { type ScriptedApiServer, sendJson, sendStatus } from './scripted-api-server.ts'

/** A manifest that the collection holds; its resourceVersion comes from here. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string } & Readonly<Record<string, unknown>>
}

/**
 * One kind in one namespace as an API server serves it: lists in pages, watches from a resourceVersion with bookmarks, and single
 * objects; and what goes wrong with them.
 */
export interface ServedCollection {
  /** When each list began, by `performance.now()`. */
  readonly lists: readonly number[]
  /** The resourceVersions from which it was watched. */
  readonly watchedFrom: readonly number[]
  readonly openWatches: number
  set(manifest: Manifest): void
  remove(name: string): void
  /** Tells every open watch how far it is, and keeps that number. */
  bookmark(): number
  /** Ends the open watches: as a server does after some minutes, or in the middle of a line. */
  endWatches(how: 'orderly' | 'inAMiddle'): void
  /** Forgets what happened so far: who watches from before it gets a 410. Ends the open watches. */
  expire(how: 'status' | 'event'): void
  /** The next continue token has expired. */
  expireNextPage(): void
  /** Every request is answered with this status; undefined ends it. Ends the open watches. */
  refuse(status: number | undefined): void
  /** No request is answered until the returned function is called. */
  hold(): () => void
}

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: object
}

export function serveCollection(
  server: ScriptedApiServer,
  { kind, resource, pageSize = 500 }: { readonly kind: string; readonly resource: string; readonly pageSize?: number },
): ServedCollection {
  const objects = new Map<string, object>()
  const pages = new Map<string, readonly object[]>()
  const watches = new Set<ServerResponse>()
  const lists: number[] = []
  const watchedFrom: number[] = []
  let history: Change[] = []
  let version = 100
  let oldest = 0
  let expiredAs: 'status' | 'event' = 'status'
  let isNextPageExpired = false
  let refusal: number | undefined
  let held: Promise<void> | undefined
  const EXPIRED = 'too old resource version'

  const send = (watch: ServerResponse, type: string, object: object) =>
    watch.write(`${JSON.stringify({ type, object })}\n`)

  function change(type: Change['type'], object: object): void {
    history.push({ version, type, object })
    for (const watch of watches) send(watch, type, object)
  }

  function answerList(response: ServerResponse, url: URL): void {
    const token = url.searchParams.get('continue')
    if (token === null) lists.push(performance.now())
    else if (isNextPageExpired) {
      isNextPageExpired = false
      sendStatus(response, 410, 'The provided continue parameter is too old')
      return
    }
    const items = token === null ? [...objects.values()] : (pages.get(token) ?? [])
    const rest = items.slice(pageSize)
    const next = rest.length === 0 ? '' : `${version}-${pages.size}`
    if (next !== '') pages.set(next, rest)
    const metadata = { resourceVersion: String(version), ...(next !== '' && { continue: next }) }
    sendJson(response, { kind: `${kind}List`, apiVersion: 'v1', metadata, items: items.slice(0, pageSize) })
  }

  function answerWatch(response: ServerResponse, url: URL): void {
    const from = Number(url.searchParams.get('resourceVersion'))
    watchedFrom.push(from)
    if (from < oldest && expiredAs === 'status') {
      sendStatus(response, 410, EXPIRED)
      return
    }
    response.writeHead(200).flushHeaders()
    if (from < oldest) {
      send(response, 'ERROR', { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, message: EXPIRED })
      response.end()
      return
    }
    for (const one of history) if (one.version > from) send(response, one.type, one.object)
    watches.add(response)
    response.on('close', () => watches.delete(response))
  }

  async function answer(response: ServerResponse, respond: () => void): Promise<void> {
    await held
    if (response.destroyed) return
    if (refusal === undefined) respond()
    else sendStatus(response, refusal, 'refused for a while')
  }

  function cutWatches(end: (watch: ServerResponse) => void): void {
    for (const watch of watches) end(watch)
    watches.clear()
  }

  const folder = `/api/v1/namespaces/shop/${resource}`
  for (const path of [`/api/v1/${resource}`, folder])
    server.answer(
      path,
      (_, response, url) =>
        void answer(response, () => (url.searchParams.has('watch') ? answerWatch : answerList)(response, url)),
    )
  return {
    lists,
    watchedFrom,
    get openWatches() {
      return watches.size
    },
    set({ metadata, ...manifest }) {
      const { name } = metadata
      version += 1
      const isNew = !objects.has(name)
      const object = { ...manifest, metadata: { ...metadata, resourceVersion: String(version) } }
      objects.set(name, object)
      server.answer(
        `${folder}/${name}`,
        (_, response) =>
          void answer(response, () => {
            const found = objects.get(name)
            if (found === undefined) sendStatus(response, 404, `${resource} "${name}" not found`)
            else sendJson(response, found)
          }),
      )
      change(isNew ? 'ADDED' : 'MODIFIED', object)
    },
    remove(name) {
      const object = objects.get(name)
      if (object === undefined) throw new Error(`there is no ${name}`)
      version += 1
      objects.delete(name)
      change('DELETED', { ...object })
    },
    bookmark() {
      version += 1
      for (const watch of watches)
        send(watch, 'BOOKMARK', { kind, apiVersion: 'v1', metadata: { resourceVersion: String(version) } })
      return version
    },
    endWatches(how) {
      cutWatches((watch) => {
        if (how === 'orderly') watch.end()
        else {
          watch.write('{"type":"ADDED","object":{"apiVersion"')
          setImmediate(() => watch.destroy())
        }
      })
    },
    expire(how) {
      version += 1
      oldest = version
      history = []
      expiredAs = how
      cutWatches((watch) => watch.end())
    },
    expireNextPage() {
      isNextPageExpired = true
    },
    refuse(status) {
      refusal = status
      cutWatches((watch) => watch.destroy())
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = undefined
        resolve()
      }
    },
  }
}
