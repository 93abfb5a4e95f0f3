import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../git/git-failure.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import type { ArchiveServer, FetchedArchive, FoundArchive, Resolution, ServerContext } from '../archive-server.ts'
import { authorizationOf } from '../http/authorization.ts'
import { conditionalHeaders, noteValidators } from '../http/conditional.ts'
import { digestOf, saveBody } from '../http/download.ts'
import { HttpClient } from '../http/http-client.ts'
import { shownUrl, statusFailure } from '../http/http-failure.ts'
import { sourceUrl } from '../http/source-url.ts'

/** The last content, beside the trees. */
const FILE = 'content'
/** Kept digest of that file. */
const DIGEST = 'digest'
const TIME = 'time'

/** One file that a server gives. Its revision is its digest, whatever is asked for. */
export function createFileServer(spec: RepositorySpec, context: ServerContext): ArchiveServer {
  const { directory, notes, limits, now } = context
  const url = sourceUrl(spec)
  const client = new HttpClient(spec, limits, now)
  const path = join(directory, FILE)

  const ask = async (signal: AbortSignal): Promise<void> => {
    const authorization = await authorizationOf(spec, url, context.credentials)
    const headers = (await digestOnDisk(path)) === notes.get(DIGEST) ? conditionalHeaders(notes) : {}
    const answer = await client.send({ url, headers, authorization, maxBytes: limits.fileBytes }, signal)
    if (answer.status === 304) return answer.drop()
    if (answer.status !== 200) {
      await answer.drop()
      throw statusFailure(answer.status, answer.url)
    }
    const digest = await saveBody(answer.body, path, undefined, shownUrl(url))
    if (digest !== notes.get(DIGEST)) notes.set(TIME, String(modifiedAt(answer.header('last-modified'), now())))
    notes.set(DIGEST, digest)
    noteValidators(notes, answer)
  }

  const current = (): FoundArchive => {
    const digest = notes.get(DIGEST) ?? ''
    return { key: digest, version: '', digest, commit: 'digest', time: Number(notes.get(TIME)) }
  }

  return {
    host: url.host,
    asksWithoutTargets: true,
    look: async (targets, fresh, signal) => {
      if (fresh || !notes.has(DIGEST)) await ask(signal)
      return new Map(targets.map((target): [string, Resolution] => [target, { found: current() }]))
    },
    fetch: async ({ digest }, file, signal): Promise<FetchedArchive> => {
      if ((await digestOnDisk(path)) !== digest) {
        await ask(signal)
        if (notes.get(DIGEST) !== digest)
          throw new CodedError('GDE_SOURCE_DIGEST', `${shownUrl(url)} changed while it was read`)
      }
      await copyFile(path, file)
      return { type: 'file', digest }
    },
    get pauseMs() {
      return client.pauseMs
    },
    close: () => client.close(),
  }
}

async function digestOnDisk(path: string): Promise<string | undefined> {
  try {
    return digestOf(await readFile(path))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Unix seconds. */
function modifiedAt(lastModified: string | undefined, now: number): number {
  const time = Date.parse(lastModified ?? '')
  return Math.floor((Number.isNaN(time) ? now : time) / 1000)
}
