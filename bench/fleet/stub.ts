/**
 * `node bench/fleet/stub.ts RECORDING CLUSTERS`: so many API servers on one port of loopback, each under `/clusters/<index>`, that answer
 * what a real one answered: discovery, OpenAPI, lists in pages or streamed, single objects, watches with bookmarks from any version. UIDs, times and
 * addresses are each cluster's own. Prints its port. The paths that are its own:
 * `/stats`, and by POST `/scale?cluster=I&count=K&rate=R&salt=S` (replicas of K Deployments are changed as by `kubectl scale`, R a second)
 * and `/restore?cluster=I`. With STUB_CERTIFICATE and STUB_KEY in the environment it speaks TLS, and HTTP/2 with who can.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createSecureServer, type Http2ServerRequest } from 'node:http2'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import { AGGREGATED_TYPE, DEPLOYMENTS, readRecording } from './recording.ts'

const [folder = '', count = '1'] = process.argv.slice(2)
const { fixed, lists } = await readRecording(folder)
const texts = new Map(
  Object.entries(lists).map(([path, { items }]) => [path, items.map((item) => JSON.stringify(item))]),
)
/** Where an object is in its list, by its own path. */
const places = new Map(
  Object.entries(lists).flatMap(([list, { items }]) =>
    items.map((item, place) => [objectPath(list, item), { list, place }] as const),
  ),
)
const counts = { list: 0, watch: 0, other: 0, events: 0 }
/** Whole pages that no write touched, as recorded. */
const pages = new Map<string, string>()
let version = 1_000_000

type Request = IncomingMessage | Http2ServerRequest

/** What answers have in common over HTTP/1.1 and HTTP/2. */
interface Answer {
  setHeader(name: string, value: string): unknown
  writeHead(status: number, headers?: Readonly<Record<string, string>>): Answer
  /** HTTP/2 sends them at once. */
  flushHeaders?(): void
  write(text: string): boolean
  end(text: string): unknown
  on(event: 'close', listener: () => void): unknown
}

interface Watch {
  readonly path: string
  readonly response: Answer
}

class StubCluster {
  readonly #index: number
  readonly #changed = new Map<number, string>()
  /** The last write of each Deployment, for watches from before it. */
  readonly #writes = new Map<number, { readonly version: number; readonly written: string }>()
  readonly #watches = new Set<Watch>()

  constructor(index: number) {
    this.#index = index
  }

  get watches(): number {
    return this.#watches.size
  }

  answer(url: URL, path: string, request: Request, response: Answer): void {
    const known = texts.get(path)
    const object = fixed[path] === undefined ? places.get(path) : undefined
    if (known === undefined && object !== undefined) this.#get(object, response)
    else if (known === undefined) this.#discovery(url, path, request, response)
    else if (url.searchParams.get('watch') === '1') this.#watch(path, url, response)
    else this.#list(path, known, url, response)
  }

  #get({ list, place }: { readonly list: string; readonly place: number }, response: Answer): void {
    counts.other += 1
    const changed = list === DEPLOYMENTS ? this.#changed.get(place) : undefined
    const { apiVersion, kind = '' } = lists[list] ?? {}
    const head = `{"apiVersion":"${apiVersion}","kind":"${kind.replace(/List$/, '')}",`
    send(
      response,
      200,
      'application/json',
      changed ?? `${head}${this.#withOwnValues(texts.get(list)?.[place] ?? '').slice(1)}`,
    )
  }

  #discovery(url: URL, path: string, request: Request, response: Answer): void {
    counts.other += 1
    const aggregated = request.headers.accept?.includes('as=APIGroupDiscoveryList') === true
    const found = (aggregated ? fixed[`${path}#aggregated`] : undefined) ?? fixed[`${path}${url.search}`] ?? fixed[path]
    if (found === undefined) {
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }
      send(response, 404, 'application/json', JSON.stringify(status))
      return
    }
    const type = aggregated ? AGGREGATED_TYPE : found.type
    if (path.endsWith('/kube-system')) send(response, 200, type, this.#withOwnUid(found.body))
    else if (aggregated || path.startsWith('/openapi/v3/')) sendTagged(found.body, type, request, response)
    else send(response, 200, type, found.body)
  }

  #withOwnUid(text: string): string {
    return text.replace(/"uid":"[^"]*"/, `"uid":"00000000-0000-4000-8000-${String(this.#index).padStart(12, '0')}"`)
  }

  /** What no two clusters have in common: UIDs, times, and the addresses of Services. */
  #withOwnValues(text: string): string {
    const index = String(this.#index).padStart(4, '0')
    const [hour, minute] = [Math.floor(this.#index / 60) % 24, this.#index % 60]
    const clock = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
    return text.replace(
      /("uid":")[^-"]*-[^-"]*|("(?:time|creationTimestamp)":"\d{4}-\d\d-\d\dT)\d\d:\d\d|("10\.)\d+\.\d+(?=\.\d+")/g,
      (_found, uid: string | undefined, time: string | undefined, address: string | undefined) => {
        if (uid !== undefined) return `${uid}0000${index}-${index}`
        return time === undefined ? `${address}${hour}.${minute}` : `${time}${clock}`
      },
    )
  }

  #list(path: string, known: readonly string[], url: URL, response: Answer): void {
    counts.list += 1
    const from = Number(url.searchParams.get('continue') ?? 0)
    const limit = Number(url.searchParams.get('limit') ?? 0) || known.length
    const isChanged = path === DEPLOYMENTS && this.#changed.size > 0
    const id = `${path} ${from} ${limit}`
    const items = isChanged ? undefined : pages.get(id)
    const page = items ?? this.#page(path, known, from, from + limit)
    if (!isChanged) pages.set(id, page)
    const own = this.#withOwnValues(page)
    const next = from + limit < known.length ? `,"continue":"${from + limit}"` : ''
    const { apiVersion, kind } = lists[path] ?? {}
    const head = `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{"resourceVersion":"${version}"${next}}`
    send(response, 200, 'application/json', `${head},"items":[${own}]}`)
  }

  #page(path: string, known: readonly string[], from: number, to: number): string {
    const changed = path === DEPLOYMENTS ? this.#changed : undefined
    return known
      .slice(from, to)
      .map((text, place) => changed?.get(from + place) ?? text)
      .join()
  }

  #watch(path: string, url: URL, response: Answer): void {
    counts.watch += 1
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders?.()
    const { apiVersion, kind: listKind = '' } = lists[path] ?? {}
    const kind = listKind.replace(/List$/, '')
    const sendBookmark = (annotations?: object): void => {
      const object = { kind, apiVersion, metadata: { resourceVersion: String(version), annotations } }
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
    }
    const from = Number(url.searchParams.get('resourceVersion') ?? 0)
    if (path === DEPLOYMENTS && from > 0)
      for (const { version: at, written } of this.#writes.values()) if (at > from) sendModified(response, written)
    if (url.searchParams.get('sendInitialEvents') === 'true') {
      const isProbe = url.searchParams.has('fieldSelector')
      if (!isProbe) counts.list += 1
      for (const [place, text] of isProbe ? [] : (texts.get(path) ?? []).entries()) {
        const changed = path === DEPLOYMENTS ? this.#changed.get(place) : undefined
        const object = changed ?? `{"kind":"${kind}","apiVersion":"${apiVersion}",${this.#withOwnValues(text).slice(1)}`
        response.write(`{"type":"ADDED","object":${object}}\n`)
      }
      sendBookmark({ 'k8s.io/initial-events-end': 'true' })
    }
    const watch = { path, response }
    this.#watches.add(watch)
    const bookmark = setInterval(sendBookmark, 30_000)
    const end = setTimeout(() => response.end(''), Number(url.searchParams.get('timeoutSeconds') ?? 600) * 1000)
    response.on('close', () => {
      clearInterval(bookmark)
      clearTimeout(end)
      this.#watches.delete(watch)
    })
  }

  /** @param replicas absent: as recorded */
  scale(place: number, replicas: number | undefined): void {
    const text = texts.get(DEPLOYMENTS)?.[place] ?? ''
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', ...JSON.parse(this.#withOwnValues(text)) }
    version += 1
    object.metadata.resourceVersion = String(version)
    if (replicas !== undefined) {
      object.spec.replicas = replicas
      object.metadata.managedFields.push({
        ...{ manager: 'kubectl', operation: 'Update', subresource: 'scale', apiVersion: 'apps/v1' },
        ...{ time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      })
    }
    const written = JSON.stringify(object)
    this.#writes.set(place, { version, written })
    if (replicas === undefined) this.#changed.delete(place)
    else this.#changed.set(place, written)
    for (const { path, response } of this.#watches) {
      if (path !== DEPLOYMENTS) continue
      sendModified(response, written)
    }
  }

  restore(): void {
    for (const place of [...this.#changed.keys()]) this.scale(place, undefined)
  }
}

function sendModified(response: Answer, written: string): void {
  response.write(`{"type":"MODIFIED","object":${written}}\n`)
  counts.events += 1
}

function objectPath(list: string, { metadata }: JsonObject): string {
  const { name, namespace } = isJsonObject(metadata) ? metadata : {}
  if (typeof namespace !== 'string') return `${list}/${name}`
  const at = list.lastIndexOf('/')
  return `${list.slice(0, at)}/namespaces/${namespace}${list.slice(at)}/${name}`
}

const tags = new Map<string, string>()

/** As a real server sends what it tags: again only where it changed. */
function sendTagged(body: string, type: string, request: Request, response: Answer): void {
  const tag = tags.get(body) ?? `"${createHash('sha256').update(body).digest('hex')}"`
  tags.set(body, tag)
  response.setHeader('etag', tag)
  if (request.headers['if-none-match'] === tag) response.writeHead(304).end('')
  else send(response, 200, type, body)
}

function send(response: Answer, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}

const clusters = Array.from({ length: Number(count) }, (_, index) => new StubCluster(index))

function control(url: URL, response: Answer): void {
  const number = (name: string, absent: number): number => Number(url.searchParams.get(name) ?? absent)
  const cluster = clusters[number('cluster', 0)]
  const done = (): void => send(response, 200, 'application/json', '{}')
  if (url.pathname === '/stats') {
    const watches = clusters.reduce((sum, one) => sum + one.watches, 0)
    send(response, 200, 'application/json', JSON.stringify({ ...counts, watches }))
  } else if (url.pathname === '/restore') {
    cluster?.restore()
    done()
  } else if (url.pathname === '/scale') {
    write(cluster, { count: number('count', 1), rate: number('rate', 1000), salt: number('salt', 0) }, done)
  } else send(response, 404, 'text/plain', 'unknown')
}

/** Writes round all Deployments at the rate, each round with another number. */
function write(
  cluster: StubCluster | undefined,
  { count, rate, salt }: { readonly count: number; readonly rate: number; readonly salt: number },
  done: () => void,
): void {
  const all = texts.get(DEPLOYMENTS)?.length ?? 1
  const begun = performance.now()
  let written = 0
  const timer = setInterval(() => {
    const due = Math.min(count, Math.ceil(((performance.now() - begun) / 1000) * rate))
    for (; written < due; written += 1) cluster?.scale(written % all, 50 + salt + Math.floor(written / all))
    if (written < count) return
    clearInterval(timer)
    done()
  }, 5)
}

function serve(request: Request, response: Answer): void {
  const url = new URL(request.url ?? '/', 'http://stub')
  const match = /^\/clusters\/(\d+)(\/.*)$/.exec(url.pathname)
  if (match === null) control(url, response)
  else clusters[Number(match[1])]?.answer(url, match[2] ?? '', request, response)
}

/** Idle connections are kept as long as by a real one. */
function plainServer() {
  return Object.assign(createServer(serve), { keepAliveTimeout: 90_000 })
}

const { STUB_CERTIFICATE: cert, STUB_KEY: key } = process.env
const server =
  cert === undefined || key === undefined ? plainServer() : createSecureServer({ cert, key, allowHTTP1: true }, serve)
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`)
})
