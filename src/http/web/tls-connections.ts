import type { X509Certificate } from 'node:crypto'
import type { Server } from 'node:http'
import { type Socket, SocketAddress } from 'node:net'
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { TlsSettings, WebConfig } from '../../config/web/web-config.ts'
import { toFailure } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

export interface TlsConnections {
  /** Has all connections of a server begin as the web config of that moment says: by TLS or in the clear. */
  take(server: Server): void
  /** Cuts off those whose handshake is not done: a server that closes knows nothing of them. */
  closePending(): void
}

/**
 * A server of TLS is made for each web config and handed the connections that come in while that one holds, so that certificates, client
 * authorities and versions change without a restart, and no session of an old one is resumed. None of them listens itself: both kinds of
 * servers take connections by their event `connection`, which Node's documentation allows.
 */
export function createTlsConnections(current: () => Promise<WebConfig>, log: Log): TlsConnections {
  const pending = new Set<Socket>()
  let last: { readonly settings: TlsSettings; readonly server: TlsServer } | undefined

  function tlsServer(settings: TlsSettings, serve: (socket: TLSSocket) => void): TlsServer {
    if (last?.settings === settings) return last.server
    const server = createServer({
      ...settings.context,
      requestCert: settings.clientAuth !== 'none',
      // Which of them are let in is said below: for some types of authentication a certificate need not be verified.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      ALPNProtocols: ['http/1.1'],
    })
    server.on('secureConnection', (socket) => {
      const refusal = refuseClient(socket, settings)
      if (refusal === undefined) return serve(socket)
      log('debug', 'a client was refused', { reason: refusal })
      socket.destroy()
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    last = { settings, server }
    return server
  }

  return {
    take(server) {
      const serveHttp = server.listeners('connection')
      server.removeAllListeners('connection')
      const serve = (socket: Socket): void => {
        for (const listener of serveHttp) Reflect.apply(listener, server, [socket])
      }

      async function begin(raw: Socket): Promise<void> {
        const { tls } = await current()
        if (raw.destroyed) return
        if (tls === undefined) {
          pending.delete(raw)
          return serve(raw)
        }
        tlsServer(tls, (socket) => {
          pending.delete(raw)
          serve(socket)
        }).emit('connection', raw)
      }

      server.on('connection', (raw: Socket) => {
        pending.add(raw)
        raw.once('close', () => pending.delete(raw))
        // Until somebody else has it: a client that hangs up is no fault of this program.
        raw.once('error', () => raw.destroy())
        begin(raw).catch((error: unknown) => {
          log('error', 'a connection failed', { ...toFailure(error) })
          raw.destroy()
        })
      })
    },
    closePending() {
      for (const socket of pending) socket.destroy()
    },
  }
}

/** Why a client is not let in, as Go's types of client authentication say; undefined where it is. */
function refuseClient(socket: TLSSocket, { clientAuth, allowedNames }: TlsSettings): string | undefined {
  if (clientAuth === 'none' || clientAuth === 'request') return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return clientAuth === 'verifyGiven' ? undefined : 'no certificate'
  if (clientAuth !== 'any' && !socket.authorized) return 'the certificate is not of a client CA, or not valid now'
  if (allowedNames === undefined) return undefined
  return alternativeNames(certificate).some((name) => allowedNames.includes(name)) ? undefined : 'no allowed name'
}

/**
 * DNS names, addresses, e-mail addresses and URIs. Node writes them as `DNS:a, IP Address:::1` and puts a value in quotes that could be misread:
 * such a one is no name that somebody allows, and what stands in it is not read.
 */
export function alternativeNames({ subjectAltName = '' }: Pick<X509Certificate, 'subjectAltName'>): readonly string[] {
  // Each begins where the one before it ended, so that nothing is found inside of a value.
  const names = subjectAltName.matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/gy)
  return [...names].flatMap(([, kind, text = '']) => {
    if (text === '' || text.startsWith('"')) return []
    if (kind === 'IP Address') return [canonicalAddress(text)]
    return kind === 'DNS' || kind === 'email' || kind === 'URI' ? [text] : []
  })
}

function canonicalAddress(text: string): string {
  return text.includes(':') ? new SocketAddress({ address: text, family: 'ipv6' }).address : text
}
