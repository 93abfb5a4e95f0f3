import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientChannel, ParsedKey } from 'ssh2'
import { CodedError } from '../../model/failure.ts'
import type { SshAddress } from '../../model/sources/ssh-address.ts'
import { guardedLookup, guardHost } from '../../net/address-guard.ts'
import { BrokenAnswer, errorCode, timeoutFailure } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { requestFailure } from './http-failure.ts'
import type { HostKeyCheck } from './ssh-host-key.ts'
import { Client as SshClient } from './ssh-library.ts'

/** What the server sees of this program. */
const IDENT = 'gitops-drift-exporter'
const MOST_STDERR = 2000
/** Bytes of a server until somebody is signed in: keys and greetings. */
const MOST_HANDSHAKE = 512 << 10
/** Milliseconds that a program whose output ended may take to say how it ended. */
const EXIT_MS = 2_000

export interface SshConnectionOptions {
  readonly address: SshAddress
  readonly key: ParsedKey
  readonly hostKeys: HostKeyCheck
  /** The address came from a resource. */
  readonly untrusted: boolean
  readonly limits: Pick<GitLimits, 'connectMs' | 'idleMs'>
}

/** A program that runs on the server. */
export interface RemoteProgram {
  readonly channel: ClientChannel
  /** The beginning of what it wrote to stderr. */
  stderr(): string
  /** Its exit code, once it ended; undefined when the connection ended first. */
  readonly exitCode: () => number | undefined
  /** Resolves when nothing more comes of it, or does not come for two seconds. */
  ended(): Promise<void>
}

/** One connection to a server, signed in. */
export interface SshConnection {
  /** Whether programs can still be started over it. */
  readonly isOpen: boolean
  /** @throws CodedError `GDE_GIT_AUTH` when the server does not run it, `GDE_GIT_UNREACHABLE`, `GDE_TIMEOUT` */
  run(command: string, signal: AbortSignal): Promise<RemoteProgram>
  close(): void
}

/**
 * Connects and signs in with one key: no agent, no password, no file of this machine.
 * @throws CodedError `GDE_GIT_HOST_KEY`, `GDE_GIT_AUTH`, `GDE_GIT_UNREACHABLE`, `GDE_GIT_PROTOCOL`, `GDE_TIMEOUT`, `GDE_NOT_PERMITTED`
 */
export async function connectSsh(options: SshConnectionOptions, signal: AbortSignal): Promise<SshConnection> {
  const { address, limits } = options
  const socket = await connectSocket(options, signal)
  const client = new SshClient()
  let lost: unknown
  // Stays for the whole life: an error without a listener would end the thread.
  client.on('error', (error) => {
    lost ??= error
  })
  const isOpen = await signIn(client, socket, options, signal)
  return {
    get isOpen() {
      return lost === undefined && isOpen() && !socket.destroyed
    },
    run: (command, until) => runProgram(client, socket, command, address.host, limits, until),
    close: () => {
      client.end()
      socket.destroy()
    },
  }
}

async function connectSocket(
  { address, untrusted, limits }: SshConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port } = address
  if (untrusted) guardHost(host)
  const socket = connect({ host, port, noDelay: true, ...(untrusted ? { lookup: guardedLookup } : {}) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(limits.connectMs)]) })
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw requestFailure(timeoutFailure(error, `connecting to ${host}`), host, signal)
  }
}

/** @returns whether the connection is still there */
function signIn(
  client: Client,
  socket: Socket,
  { address, key, hostKeys, limits }: SshConnectionOptions,
  signal: AbortSignal,
): Promise<() => boolean> {
  const { host, user } = address
  let refusal: CodedError | undefined
  let open = false
  let offered = false
  return new Promise((resolve, reject) => {
    // A server that says nothing, or says something without an end, is left.
    const until = AbortSignal.any([signal, AbortSignal.timeout(limits.idleMs)])
    const count = (): void => {
      // Greetings before the version have no end of their own.
      if (socket.bytesRead > MOST_HANDSHAKE)
        fail(new CodedError('GDE_GIT_PROTOCOL', `${host} does not agree on SSH: it sends too much`))
    }
    const fail = (error: unknown): void => {
      socket.off('data', count)
      until.removeEventListener('abort', abort)
      socket.destroy()
      reject(refusal ?? (error instanceof CodedError ? error : signInFailure(error, user, host)))
    }
    const abort = (): void => fail(timeoutFailure(until.reason, `signing in to ${host}`))
    until.addEventListener('abort', abort, { once: true })
    client.once('error', fail)
    client.once('close', () => {
      open = false
      fail(new CodedError('GDE_GIT_UNREACHABLE', `${host} closes the connection before anybody is signed in`))
    })
    client.once('ready', () => {
      until.removeEventListener('abort', abort)
      client.off('error', fail)
      socket.off('data', count)
      open = true
      resolve(() => open)
    })
    try {
      socket.on('data', count)
      client.connect({
        sock: socket,
        username: user,
        ident: IDENT,
        readyTimeout: 0,
        // The types do not say that what is returned counts, too: false is the end.
        authHandler: () => {
          const isFirst = !offered
          offered = true
          return isFirst && { type: 'publickey', username: user, key }
        },
        algorithms: { serverHostKey: [...hostKeys.algorithms] },
        hostVerifier: (bytes: Buffer) => {
          refusal = hostKeys.refuse(bytes)
          return refusal === undefined
        },
      })
    } catch (error) {
      fail(error)
    }
  })
}

/** What ssh2 says, by where it happened (`level`). */
function signInFailure(error: unknown, user: string, host: string): unknown {
  if (!(error instanceof Error)) return error
  const level = 'level' in error ? error.level : undefined
  if (level === 'client-authentication')
    return new CodedError('GDE_GIT_AUTH', `${host} does not accept the key for ${user}`, {}, { cause: error })
  if (errorCode(error) !== '' || level === 'client-socket')
    return new CodedError(
      'GDE_GIT_UNREACHABLE',
      `${host}: ${errorCode(error) || 'the connection breaks'}`,
      {},
      { cause: error },
    )
  if (/Connection lost|ended by server|Not connected/i.test(error.message))
    return new CodedError('GDE_GIT_UNREACHABLE', `${host} closes the connection`, {}, { cause: error })
  return new CodedError(
    'GDE_GIT_PROTOCOL',
    `${host} does not agree on SSH: ${error.message.slice(0, 200)}`,
    {},
    { cause: error },
  )
}

function runProgram(
  client: Client,
  socket: Socket,
  command: string,
  host: string,
  { idleMs }: Pick<GitLimits, 'idleMs'>,
  signal: AbortSignal,
): Promise<RemoteProgram> {
  return new Promise((resolve, reject) => {
    const until = AbortSignal.any([signal, AbortSignal.timeout(idleMs)])
    const abort = (): void => {
      socket.destroy()
      reject(timeoutFailure(until.reason, `${host} to start a program`))
    }
    const lost = (): void => {
      until.removeEventListener('abort', abort)
      reject(new BrokenAnswer(host))
    }
    until.addEventListener('abort', abort, { once: true })
    client.once('close', lost)
    try {
      // Servers that do not take the variable speak version 0.
      client.exec(command, { env: { GIT_PROTOCOL: 'version=2' } }, (error, channel) => {
        until.removeEventListener('abort', abort)
        client.off('close', lost)
        if (error !== undefined)
          reject(
            new CodedError(
              'GDE_GIT_AUTH',
              `${host} does not let this key run ${command.split(' ')[0]}`,
              {},
              { cause: error },
            ),
          )
        else resolve(remoteProgram(channel))
      })
    } catch {
      // The connection ended just now.
      lost()
    }
  })
}

function remoteProgram(channel: ClientChannel): RemoteProgram {
  let stderr = ''
  let code: number | undefined
  channel.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MOST_STDERR) stderr += text
  })
  channel.on('exit', (exit: unknown) => {
    if (typeof exit === 'number') code = exit
  })
  // A server that goes away is seen by who reads.
  channel.on('error', () => undefined)
  let isClosed = false
  const closed = once(channel, 'close').then(() => {
    isClosed = true
  })
  const ended = async (): Promise<void> => {
    if (isClosed) return
    const limit = new AbortController()
    // Aborted when it is not waited for any more.
    const late = sleep(EXIT_MS, undefined, { signal: limit.signal }).catch(() => undefined)
    await Promise.race([closed, late])
    limit.abort()
  }
  return { channel, stderr: () => stderr, exitCode: () => code, ended }
}
