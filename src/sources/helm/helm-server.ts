import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { errorCode } from '../../git/git-failure.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { readChartRevision } from '../../model/sources/remote-reference.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import { boundedGunzip } from '../archive/bounded-gunzip.ts'
import type { ArchiveServer, FetchedArchive, FoundArchive, Resolution, ServerContext } from '../archive-server.ts'
import { bestVersions } from '../choose-version.ts'
import { authorizationOf } from '../http/authorization.ts'
import { conditionalHeaders, noteValidators } from '../http/conditional.ts'
import { saveBody } from '../http/download.ts'
import { type HttpAnswer, HttpClient } from '../http/http-client.ts'
import { shownUrl, statusFailure } from '../http/http-failure.ts'
import { sourceUrl } from '../http/source-url.ts'
import { fetchOciChart } from './chart-in-registry.ts'
import { chartUrl } from './chart-url.ts'
import { type HelmIndex, isParseError, openHelmIndex } from './helm-index.ts'
import type { IndexEntry, IndexVersion } from './index-entry.ts'

/** The last index, beside the trees, and the note that holds its digest. */
const FILE = 'index'
const DIGEST = 'digest'

/** A repository of Helm charts. Targets are `chart@version`. */
export function createHelmServer(spec: RepositorySpec, context: ServerContext): ArchiveServer {
  return new HelmServer(spec, context)
}

class HelmServer implements ArchiveServer {
  readonly host: string
  readonly asksWithoutTargets = true
  readonly #spec: RepositorySpec
  readonly #context: ServerContext
  readonly #base: URL
  readonly #client: HttpClient
  #index: HelmIndex | undefined
  /** Of the index that is open. */
  readonly #resolutions = new Map<string, Resolution>()

  constructor(spec: RepositorySpec, context: ServerContext) {
    this.#spec = spec
    this.#context = context
    this.#base = sourceUrl(spec)
    this.host = this.#base.host
    this.#client = new HttpClient(spec, context.limits, context.now)
  }

  /** For the host of the repository, whoever it is sent to. */
  #authorization(): Promise<string | undefined> {
    return authorizationOf(this.#spec, this.#base, this.#context.credentials)
  }

  get pauseMs(): number {
    return this.#client.pauseMs
  }

  async look(
    targets: readonly string[],
    fresh: boolean,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Resolution>> {
    if (fresh || this.#index === undefined) await this.#ask(signal)
    this.#index ??= await openHelmIndex(this.#path, this.#context.limits, signal).catch((error) => {
      throw named(error, shownUrl(this.#indexUrl))
    })
    const missing = targets.filter((target) => !this.#resolutions.has(target))
    for (const [chart, wanted] of Map.groupBy(missing, (target) => readChartRevision(target).chart)) {
      const versions = await this.#versions(chart)
      for (const target of wanted)
        this.#resolutions.set(
          target,
          resolutionOf(() => this.#find(target, versions)),
        )
    }
    const found = (target: string): [string, Resolution][] => {
      const resolution = this.#resolutions.get(target)
      return resolution === undefined ? [] : [[target, resolution]]
    }
    const answer = new Map(targets.flatMap(found))
    if (fresh) for (const target of this.#resolutions.keys()) if (!answer.has(target)) this.#resolutions.delete(target)
    return answer
  }

  async fetch(found: FoundArchive, file: string, signal: AbortSignal): Promise<FetchedArchive> {
    const { limits } = this.#context
    if (found.url?.startsWith('oci://')) return fetchOciChart(found.url, this.#spec, this.#context, file, signal)
    const url = new URL(found.url ?? '')
    const isOwn = url.origin === this.#base.origin
    const authorization = isOwn || this.#spec.passCredentials === true ? await this.#authorization() : undefined
    const answer = await this.#client.send({ url, authorization, maxBytes: limits.archiveBytes }, signal)
    await requireOk(answer)
    const expected = found.digest === '' ? undefined : found.digest
    const digest = await saveBody(answer.body, file, expected, shownUrl(url))
    return { type: 'tar', reader: 'chart', compressed: true, digest }
  }

  async close(): Promise<void> {
    await this.#index?.close()
    await this.#client.close()
  }

  get #path(): string {
    return join(this.#context.directory, FILE)
  }

  get #indexUrl(): URL {
    const url = new URL(this.#base)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/index.yaml`
    return url
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { notes, limits } = this.#context
    const isHere = this.#index !== undefined || (await digestOfFile(this.#path)) === notes.get(DIGEST)
    const headers = { 'accept-encoding': 'gzip', ...(isHere ? conditionalHeaders(notes) : {}) }
    const authorization = await this.#authorization()
    const url = this.#indexUrl
    const answer = await this.#client.send({ url, headers, authorization, maxBytes: limits.indexBytes }, signal)
    if (answer.status === 304) return answer.drop()
    await requireOk(answer)
    const digest = await saveBody(plainBody(answer, limits.indexBytes), this.#path, undefined, shownUrl(url))
    noteValidators(notes, answer)
    if (digest === notes.get(DIGEST) && this.#index !== undefined) return
    notes.set(DIGEST, digest)
    this.#resolutions.clear()
    await this.#index?.close()
    this.#index = undefined
  }

  async #versions(chart: string): Promise<readonly IndexVersion[] | CodedError> {
    try {
      const versions = await this.#index?.chart(chart)
      if (versions !== undefined) return versions
      return new CodedError(
        'GDE_CHART_UNKNOWN',
        `${shownUrl(this.#base)} has no chart "${chart}"${didYouMean(chart, this.#index?.names ?? [])}`,
      )
    } catch (error) {
      const failure = named(error, shownUrl(this.#indexUrl))
      if (failure instanceof CodedError) return failure
      throw failure
    }
  }

  #find(target: string, versions: readonly IndexVersion[] | CodedError): FoundArchive {
    if (versions instanceof CodedError) throw versions
    const { chart, version } = readChartRevision(target)
    const what = `chart ${chart} of ${shownUrl(this.#base)}`
    const names = versions.map((one) => one.version)
    const best = bestVersions(version, names, what).flatMap((index) => versions[index] ?? [])
    const { chosen, entry } = newest(best, what)
    const url = chartUrl(this.#base, entry.urls[0])
    if (url === undefined)
      throw new CodedError('GDE_SOURCE_INDEX', `${what} has no URL that can be read for version ${chosen.version}`)
    return {
      key: entry.digest ?? JSON.stringify([url, chosen.version, entry.created]),
      version: chosen.version,
      digest: entry.digest ?? '',
      commit: 'version',
      url,
      ...(entry.created === undefined ? {} : { time: entry.created }),
    }
  }
}

/** Of versions that differ in their build metadata the one that was made last, as Flux has it; else the one that is listed first. */
function newest(best: readonly IndexVersion[], what: string): { chosen: IndexVersion; entry: IndexEntry } {
  let newest: { readonly chosen: IndexVersion; readonly entry: IndexEntry } | undefined
  for (const chosen of best) {
    const entry = entryOf(chosen, what)
    if (newest === undefined || (entry.created ?? 0) > (newest.entry.created ?? 0)) newest = { chosen, entry }
  }
  if (newest === undefined) throw new CodedError('GDE_SOURCE_VERSION', `${what} has no version`)
  return newest
}

function entryOf(version: IndexVersion, what: string): IndexEntry {
  try {
    return version.entry()
  } catch (error) {
    if (!isParseError(error)) throw error
    const message = `the entry of version ${version.version} of ${what} is no YAML that can be read`
    throw new CodedError('GDE_SOURCE_INDEX', message, {}, { cause: error })
  }
}

function resolutionOf(find: () => FoundArchive): Resolution {
  try {
    return { found: find() }
  } catch (failure) {
    if (!(failure instanceof CodedError)) throw failure
    return { failure }
  }
}

function named(error: unknown, what: string): unknown {
  if (!(error instanceof CodedError)) return error
  return new CodedError(error.failure.code, `${what}: ${error.message}`, {}, { cause: error })
}

async function requireOk(answer: HttpAnswer): Promise<void> {
  if (answer.status === 200) return
  await answer.drop()
  throw statusFailure(answer.status, answer.url)
}

function plainBody(answer: HttpAnswer, maxBytes: number): AsyncIterable<Uint8Array> {
  const isPacked = answer.header('content-encoding')?.toLowerCase() === 'gzip'
  return isPacked ? boundedGunzip(Readable.from(answer.body), maxBytes, shownUrl(answer.url)) : answer.body
}

async function digestOfFile(path: string): Promise<string | undefined> {
  try {
    const hash = createHash('sha256')
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece)
    return `sha256:${hash.digest('hex')}`
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
