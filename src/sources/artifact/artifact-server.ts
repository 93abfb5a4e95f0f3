import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { type ArtifactReference, readArtifactRevision } from '../../model/sources/remote-reference.ts'
import type { ArchiveServer, FetchedArchive, FoundArchive, Resolution, ServerContext } from '../archive-server.ts'
import { isDigest, saveBody } from '../http/download.ts'
import { HttpClient } from '../http/http-client.ts'
import { shownUrl, statusFailure } from '../http/http-failure.ts'
import { sourceUrl } from '../http/source-url.ts'

/** Revisions whose artifacts can be named again without their reference. */
const MOST_KNOWN = 20
const KNOWN = 'revision '

/**
 * Artifacts of one source of Flux, from the server of the controller that made them. Which one is current says the source's status, so that
 * nothing is asked until an artifact is wanted; targets are as `artifactRevision` writes them, or a revision that was seen before.
 */
export function createArtifactServer(spec: RepositorySpec, { notes, limits, now }: ServerContext): ArchiveServer {
  const folder = sourceUrl(spec)
  const client = new HttpClient(spec, limits, now)

  const resolve = (target: string): Resolution => {
    const reference = readArtifactRevision(target)
    if (reference !== undefined) return findArtifact(reference, folder, notes)
    const key = notes.get(`${KNOWN}${target}`)
    if (key !== undefined) return { found: toFound(key, target, undefined) }
    return { failure: new CodedError('GDE_SOURCE_VERSION', `the artifact of ${target} of ${spec.url} is not known`) }
  }

  return {
    host: folder.host,
    asksWithoutTargets: false,
    look: async (targets) => new Map(targets.map((target) => [target, resolve(target)])),
    fetch: async ({ key, digest, version, url: place }, file, signal): Promise<FetchedArchive> => {
      if (place === undefined)
        throw new CodedError('GDE_SOURCE_NOT_FOUND', `the artifact of ${version} of ${spec.url} is not kept any more`)
      const url = new URL(place)
      const answer = await client.send({ url, maxBytes: limits.archiveBytes, staysAtOrigin: true }, signal)
      if (answer.status !== 200) {
        await answer.drop()
        throw statusFailure(answer.status, answer.url)
      }
      await saveBody(answer.body, file, digest, shownUrl(url))
      return { type: 'tar', reader: key.startsWith('chart ') ? 'chart' : 'artifact', compressed: true, digest }
    },
    get pauseMs() {
      return client.pauseMs
    },
    close: () => client.close(),
  }
}

function findArtifact(reference: ArtifactReference, folder: URL, notes: Map<string, string>): Resolution {
  const { file, digest, revision, content } = reference
  const url = new URL(`${folder.href.replace(/\/$/, '')}/${encodeURIComponent(file)}`)
  if (!isDigest(digest)) {
    const message = `${shownUrl(url)} has the digest ${digest.slice(0, 200)}, which is not checked: use sha256, sha384 or sha512`
    return { failure: new CodedError('GDE_SOURCE_DIGEST', message) }
  }
  const key = `${content} ${digest}`
  const commit = commitOf(revision)
  notes.delete(`${KNOWN}${commit}`)
  notes.set(`${KNOWN}${commit}`, key)
  const known = [...notes.keys()].filter((name) => name.startsWith(KNOWN))
  for (const name of known.slice(0, -MOST_KNOWN)) notes.delete(name)
  return { found: toFound(key, commit, url.href) }
}

/** As revisions of Git and of registries are called: `main@sha1:4f5e…` is `4f5e…`, and `latest@sha256:…` is `sha256:…`. */
function commitOf(revision: string): string {
  const digest = revision.slice(revision.lastIndexOf('@') + 1)
  return /^sha\d+:[0-9a-f]+$/.test(digest) ? digest.replace(/^sha1:/, '') : revision
}

/** @param key what is done with the archive, and its digest */
function toFound(key: string, version: string, url: string | undefined): FoundArchive {
  const digest = key.slice(key.indexOf(' ') + 1)
  return { key, version, digest, commit: 'version', ...(url !== undefined && { url }) }
}
