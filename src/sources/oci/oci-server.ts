import { parseVersion } from '../../git/revisions/semver.ts'
import { parseConstraint } from '../../git/revisions/semver-constraint.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { type OciReference, readOciRevision } from '../../model/sources/remote-reference.ts'
import { linearPattern } from '../../text/linear-pattern.ts'
import type { ArchiveServer, FetchedArchive, FoundArchive, Resolution, ServerContext } from '../archive-server.ts'
import { bestVersions, missingVersion } from '../choose-version.ts'
import { digestOf, isDigest, readBody, saveBody } from '../http/download.ts'
import { statusFailure } from '../http/http-failure.ts'
import { chooseLayer, HELM_LAYER } from './layer.ts'
import { MANIFEST_TYPES, type Manifest, readManifest } from './manifest.ts'
import { RegistryClient } from './registry-client.ts'
import { listTags } from './tags.ts'

const TAG = /^\w[\w.-]{0,127}$/

/** One repository of a registry. Targets are as `ociRevision` writes them. */
export function createOciServer(spec: RepositorySpec, context: ServerContext): ArchiveServer {
  return new OciServer(spec, context)
}

class OciServer implements ArchiveServer {
  readonly asksWithoutTargets = false
  readonly #spec: RepositorySpec
  readonly #context: ServerContext
  readonly #client: RegistryClient
  #tags: readonly string[] | undefined

  constructor(spec: RepositorySpec, context: ServerContext) {
    this.#spec = spec
    this.#context = context
    this.#client = new RegistryClient(spec, context)
  }

  get host(): string {
    return this.#client.address.host
  }

  get pauseMs(): number {
    return this.#client.pauseMs
  }

  async look(
    targets: readonly string[],
    fresh: boolean,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Resolution>> {
    if (fresh) this.#tags = undefined
    const resolutions = new Map<string, Resolution>()
    /** Several targets may stand for one tag, which is asked for once. */
    const digests = new Map<string, Promise<string>>()
    for (const target of targets) {
      try {
        resolutions.set(target, { found: await this.#find(readOciRevision(target), digests, signal) })
      } catch (failure) {
        if (!isOfTarget(failure)) throw failure
        resolutions.set(target, { failure })
      }
    }
    return resolutions
  }

  async fetch(found: FoundArchive, file: string, signal: AbortSignal): Promise<FetchedArchive> {
    const { shown } = this.#client.address
    const manifest = await this.#manifest(found.digest, signal)
    const content = this.#spec.oci ?? { reader: 'chart' }
    const { layer, reader, compressed } = chooseLayer(manifest, content, `${shown}@${found.digest}`)
    const { archiveBytes } = this.#context.limits
    if (layer.size > archiveBytes)
      throw new CodedError(
        'GDE_TOO_LARGE',
        `${shown}@${found.digest} has ${layer.size} bytes, more than ${archiveBytes}`,
      )
    const answer = await this.#client.send(`blobs/${layer.digest}`, { maxBytes: archiveBytes }, signal)
    if (answer.status !== 200) {
      await answer.drop()
      throw statusFailure(answer.status, answer.url)
    }
    await saveBody(answer.body, file, layer.digest, `the layer of ${shown}@${found.digest}`)
    const time = manifest.created === undefined ? {} : { time: manifest.created }
    return { type: 'tar', reader, compressed, digest: found.digest, ...time }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #find(
    reference: OciReference,
    digests: Map<string, Promise<string>>,
    signal: AbortSignal,
  ): Promise<FoundArchive> {
    if (reference.type === 'digest') {
      if (!isDigest(reference.digest)) throw noVersion(`${this.#client.address.shown} has no "${reference.digest}"`)
      return toFound('', reference.digest)
    }
    const { tag, version } = await this.#choose(reference, digests, signal)
    return toFound(version, await this.#digest(tag, digests, signal))
  }

  async #choose(
    reference: Exclude<OciReference, { type: 'digest' }>,
    digests: Map<string, Promise<string>>,
    signal: AbortSignal,
  ): Promise<{ readonly tag: string; readonly version: string }> {
    switch (reference.type) {
      case 'tag':
        return { tag: reference.tag, version: reference.tag }
      case 'semver':
        return this.#best(reference.range, { filter: reference.filter, isFlux: true }, signal)
      case 'version':
        return this.#chooseVersion(reference.version, digests, signal)
      default:
        return reference satisfies never
    }
  }

  /** Helm's and Argo CD's way: a version is a tag of that name, and no range; what is neither is a tag. */
  async #chooseVersion(
    version: string,
    digests: Map<string, Promise<string>>,
    signal: AbortSignal,
  ): Promise<{ readonly tag: string; readonly version: string }> {
    const exact = { tag: version.replaceAll('+', '_'), version }
    if (parseVersion(version) !== undefined) return exact
    const isRange = version === '' || parseConstraint(version) !== undefined
    if (!isRange) return exact
    // Argo CD takes a tag of that very name first (util/oci: `1.x` may be one).
    if (this.#spec.oci?.reader === 'argocd' && TAG.test(exact.tag)) {
      try {
        await this.#digest(exact.tag, digests, signal)
        return exact
      } catch (error) {
        if (!isOfTarget(error)) throw error
      }
    }
    return this.#best(version, { filter: '', isFlux: false }, signal)
  }

  /** @param isFlux a version has three parts (fluxcd/pkg/version ParseVersion) */
  async #best(range: string, { filter, isFlux }: { filter: string; isFlux: boolean }, signal: AbortSignal) {
    const { shown } = this.#client.address
    const pattern = filter === '' ? undefined : linearPattern(filter)
    if (filter !== '' && pattern === undefined)
      throw noVersion(`the filter "${filter}" for tags of ${shown} is no regular expression`)
    this.#tags ??= await listTags(this.#client, this.#context.limits, signal)
    const tags = this.#tags.filter((tag) => (pattern?.test(tag) ?? true) && !(isFlux && tag.split('.').length < 3))
    // Tags cannot hold the `+` of a version: charts have `_` there.
    const { reader, layer } = this.#spec.oci ?? { reader: 'chart' }
    const isChart = reader !== 'flux' || layer === HELM_LAYER
    const versions = isChart ? tags.map((tag) => tag.replaceAll('_', '+')) : tags
    const [best = -1] = bestVersions(range, versions, shown)
    return { tag: tags[best] ?? '', version: versions[best] ?? '' }
  }

  #digest(tag: string, digests: Map<string, Promise<string>>, signal: AbortSignal): Promise<string> {
    const asked = digests.get(tag) ?? this.#askDigest(tag, signal)
    digests.set(tag, asked)
    return asked
  }

  async #askDigest(tag: string, signal: AbortSignal): Promise<string> {
    const { shown } = this.#client.address
    if (!TAG.test(tag)) throw noVersion(`${shown} has no tag "${tag}": no tag has such a name`)
    const options = { headers: { accept: MANIFEST_TYPES }, maxBytes: this.#context.limits.documentBytes }
    const head = await this.#client.send(`manifests/${tag}`, { ...options, method: 'HEAD' }, signal)
    await head.drop()
    const digest = head.header('docker-content-digest')
    if (head.status === 200 && digest !== undefined && isDigest(digest)) return digest
    if (head.status === 404) throw await this.#noTag(tag, signal)
    if (head.status === 429 || head.status >= 500 || head.status === 403) throw statusFailure(head.status, head.url)
    // Some do not answer HEAD, or do not say the digest.
    const answer = await this.#client.send(`manifests/${tag}`, options, signal)
    if (answer.status === 200) return digestOf(await readBody(answer))
    await answer.drop()
    throw statusFailure(answer.status, answer.url)
  }

  /** Names the tags that there are, where the registry tells them. */
  async #noTag(tag: string, signal: AbortSignal): Promise<CodedError> {
    const { shown } = this.#client.address
    try {
      this.#tags ??= await listTags(this.#client, this.#context.limits, signal)
    } catch (error) {
      // Not every registry lists its tags to everybody; that the one asked for is missing is what matters.
      if (!(error instanceof CodedError)) throw error
    }
    return missingVersion(`tag "${tag}"`, this.#tags ?? [], shown)
  }

  async #manifest(digest: string, signal: AbortSignal): Promise<Extract<Manifest, { type: 'manifest' }>> {
    const manifest = await this.#readManifest(digest, signal)
    if (manifest.type === 'manifest') return manifest
    const what = `${this.#client.address.shown}@${digest}`
    const [first] = manifest.manifests
    if (first === undefined) throw new CodedError('GDE_SOURCE_ARCHIVE', `${what} holds nothing for linux on amd64`)
    const inner = await this.#readManifest(first.digest, signal)
    if (inner.type === 'manifest') return inner
    throw new CodedError('GDE_SOURCE_PROTOCOL', `${what} is an index of indexes`)
  }

  async #readManifest(digest: string, signal: AbortSignal): Promise<Manifest> {
    const what = `${this.#client.address.shown}@${digest}`
    const options = { headers: { accept: MANIFEST_TYPES }, maxBytes: this.#context.limits.documentBytes }
    const answer = await this.#client.send(`manifests/${digest}`, options, signal)
    if (answer.status !== 200) {
      await answer.drop()
      throw statusFailure(answer.status, answer.url)
    }
    const body = await readBody(answer)
    const actual = digestOf(body, digest.split(':')[0])
    if (actual !== digest) throw new CodedError('GDE_SOURCE_DIGEST', `the manifest ${what} has the digest ${actual}`)
    return readManifest(body, what)
  }
}

function toFound(version: string, digest: string): FoundArchive {
  return { key: digest, version, digest, commit: 'digest' }
}

function noVersion(message: string): CodedError {
  return new CodedError('GDE_SOURCE_VERSION', message)
}

/** As opposed to what makes the whole repository of no use. */
function isOfTarget(error: unknown): boolean {
  return error instanceof CodedError && error.failure.code === 'GDE_SOURCE_VERSION'
}
