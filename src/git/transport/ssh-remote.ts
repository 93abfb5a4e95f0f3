import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { outgoingText } from '../../model/secrets/outgoing-text.ts'
import type { GitLimits } from '../limits.ts'
import { AnswerReader } from './answer-reader.ts'
import { type Conversation, refuseSha256, SERVICE, type UploadPack } from './conversation.ts'
import { FLUSH, packetLine } from './pkt-line.ts'
import { readRefAnswer } from './ref-answer.ts'
import type { Remote } from './remote.ts'
import { createServerRemote } from './server-remote.ts'
import type { RemoteProgram } from './ssh-connection.ts'
import { SshConnections, sshAddressOf } from './ssh-connections.ts'

const SERVICE_LINE = Buffer.from(`${packetLine(`# service=${SERVICE}`)}${FLUSH}`)

/** A repository behind `git-upload-pack` on an SSH server. */
export function createSshRemote(spec: RepositorySpec, limits: GitLimits): Remote {
  return createServerRemote(sshUploadPack(spec, limits), limits)
}

function sshUploadPack(spec: RepositorySpec, limits: GitLimits): UploadPack {
  const connections = new SshConnections(spec, limits)
  return {
    open: async (_purpose, signal) => {
      const address = sshAddressOf(spec)
      const { program, done } = await connections.run(`${SERVICE} ${shellQuoted(address.path)}`, signal)
      try {
        const conversation = await startConversation(program, address.host, limits, signal)
        return { ...conversation, end: () => [conversation.end(), done()] }
      } catch (error) {
        program.channel.destroy()
        done()
        throw error
      }
    },
    forget: () => connections.drop(),
    close: async () => connections.drop(),
  }
}

/** Reads what the server says first. A list of refs or a pack is asked for by `ask`, once. */
async function startConversation(
  program: RemoteProgram,
  host: string,
  limits: GitLimits,
  signal: AbortSignal,
): Promise<Conversation> {
  const { channel } = program
  const reader = new AnswerReader(program, { host, idleMs: limits.idleMs })
  let advertisement: Awaited<ReturnType<typeof readRefAnswer>>
  try {
    advertisement = await readRefAnswer(reader.upToFlush(limits.listBytes, signal), limits.refs)
  } catch (error) {
    if (signal.aborted || !reader.endedEarly) throw error
    throw refusalOf(program, host) ?? error
  }
  refuseSha256(advertisement)
  return {
    ...advertisement,
    // Before it HTTP names the service, which isomorphic-git looks for.
    bytes: Buffer.concat([SERVICE_LINE, advertisement.bytes]),
    ask: async (body, maxBytes, until) => {
      channel.write(body)
      // In version 0 the program ends after its answer, which may hold several flushes.
      return advertisement.version === 2 ? reader.upToFlush(maxBytes, until) : reader.upToEnd(maxBytes, until)
    },
    end: () => {
      // Says that nothing is wanted; a program that is gone already needs not to hear it.
      if (channel.writable) channel.end(FLUSH)
      channel.resume()
    },
  }
}

/** Why a program ended before it said anything of the repository; undefined when the connection was lost. */
function refusalOf({ exitCode, stderr }: RemoteProgram, host: string): CodedError | undefined {
  const code = exitCode()
  const said = outgoingText(stderr())
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
  if (code === undefined && said === '') return undefined
  const quoted = said === '' ? `ends with ${code}` : `says: ${said}`
  if (code === 127) return new CodedError('GDE_GIT_PROTOCOL', `${host} has no ${SERVICE}: it ${quoted}`)
  return new CodedError('GDE_GIT_AUTH', `${host} does not give the repository: it ${quoted}`)
}

/** The way of Git: in single quotes, which shells and forges read alike. */
function shellQuoted(path: string): string {
  return `'${path.replaceAll(/['!]/g, (character) => `'\\${character}'`)}'`
}
