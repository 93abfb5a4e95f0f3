import type { HttpClient } from 'isomorphic-git'
import { CodedError } from '../../model/failure.ts'
import { BrokenAnswer } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { type Conversation, SERVICE, type UploadPack } from './conversation.ts'
import { readPackets } from './pkt-line.ts'
import { readRefAnswer, refList, withPrefixes } from './ref-answer.ts'
import type { Remote } from './remote.ts'
import { fetchRequest, readPackAnswer } from './upload-pack.ts'

/** isomorphic-git asks for a URL; where its requests go, the conversation decides. */
const ANY_URL = 'https://repository'

/**
 * A repository behind Git's protocol, version 2 or, where the server does not know it, 0.
 *
 * Refs are listed by isomorphic-git over this transport. Packs are fetched by code of our own: isomorphic-git inflates a pack
 * in memory without a limit (one of 1.1 MB took 3.9 GB), and indexes damaged ones without a word.
 */
export function createServerRemote(uploadPack: UploadPack, limits: GitLimits): Remote {
  /** After any error the server is asked anew for what it is; what broke off is tried once more. */
  const converse = async <T>(
    purpose: 'list' | 'fetch',
    signal: AbortSignal,
    work: (conversation: Conversation) => Promise<T>,
  ): Promise<T> => {
    const once = async (): Promise<T> => {
      try {
        const conversation = await uploadPack.open(purpose, signal)
        try {
          return await work(conversation)
        } finally {
          conversation.end()
        }
      } catch (error) {
        uploadPack.forget()
        throw error
      }
    }
    try {
      return await once()
    } catch (error) {
      if (!(error instanceof BrokenAnswer) || signal.aborted) throw error
      return once()
    }
  }

  /** The HTTP client for isomorphic-git: both of its requests are answered by the conversation. */
  const client = (current: Conversation, extraRefs: readonly string[], signal: AbortSignal): HttpClient => ({
    request: async ({ url, body }) => {
      if (body === undefined) return bufferedResponse(url, 'advertisement', current.bytes)
      // Where an old server has no refs, isomorphic-git believes that it speaks version 2.
      if (current.version === 0) return bufferedResponse(url, 'result', Buffer.alloc(0))
      const answer = await current.ask(await withPrefixes(body, extraRefs), limits.listBytes, signal)
      return bufferedResponse(url, 'result', (await readRefAnswer(answer, limits.refs)).bytes)
    },
  })

  return {
    listRefs: (extraRefs, signal) =>
      converse('list', signal, async (current) => {
        // Half a megabyte of code, loaded only when there is a repository on a server.
        const { isRefusedAnswer, listServerRefs } = await import('./list-server-refs.ts')
        const http = client(current, extraRefs, signal)
        try {
          return refList(await listServerRefs({ http, url: ANY_URL, symrefs: true, peelTags: true }), extraRefs)
        } catch (error) {
          if (signal.aborted || !isRefusedAnswer(error)) throw error
          throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists what is no ref', {}, { cause: error })
        }
      }),
    fetchPack: (request, receive, signal) =>
      converse('fetch', signal, async (current) => {
        const body = fetchRequest(current, request)
        // Packet and side-band headers add less than a sixteenth.
        const answer = await current.ask(body, limits.packBytes + (limits.packBytes >> 4), signal)
        const packets = readPackets(answer)
        const result = await receive(await readPackAnswer(packets))
        for await (const _rest of packets);
        return result
      }),
    close: () => uploadPack.close(),
  }
}

/**
 * isomorphic-git does not notice a truncated response, so it only gets bodies that were read completely and validated.
 */
function bufferedResponse(
  url: string,
  type: 'advertisement' | 'result',
  bytes: Buffer,
): Awaited<ReturnType<HttpClient['request']>> {
  async function* body() {
    yield bytes
  }
  const headers = { 'content-type': `application/x-${SERVICE}-${type}` }
  return { url, statusCode: 200, statusMessage: 'OK', headers, body: body() }
}
