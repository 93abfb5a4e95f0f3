import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { authorizationHeader } from '../credentials/login.ts'
import type { ProxyLogin, RepositorySpec } from '../model/apps/inventory.ts'
import { hideWhileUsed } from '../model/secrets/outgoing-text.ts'
import { guardedLookup } from './address-guard.ts'

/** What connections to the server of a repository depend on. */
export type ConnectionSpec = Pick<
  RepositorySpec,
  'caFile' | 'ca' | 'insecureSkipVerify' | 'clientCertificate' | 'proxy' | 'proxyLogin' | 'untrusted'
>

/** Certificates as they are now. */
export interface TlsMaterial {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

/** New connections to the server of a repository. */
export function createDispatcher(
  spec: ConnectionSpec,
  { ca, certificate, key }: TlsMaterial,
  connectMs: number,
): Dispatcher {
  const tls = {
    // The authorities of the system (and NODE_EXTRA_CA_CERTS) stay trusted beside the one that is given.
    ...(ca === '' ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(key === '' ? {} : { cert: certificate, key }),
    ...(spec.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
    timeout: connectMs,
    allowH2: false,
  }
  if (spec.proxy !== undefined)
    return new ProxyAgent({
      uri: spec.proxy,
      ...(spec.proxyLogin && { token: proxyAuthorization(spec.proxyLogin) }),
      requestTls: tls,
      connectTimeout: connectMs,
    })
  return new Agent({ connect: { ...tls, ...(spec.untrusted ? { lookup: guardedLookup } : {}) } })
}

function proxyAuthorization(login: ProxyLogin): string {
  const header = authorizationHeader({ type: 'basic', username: login.username, password: login.password.reveal() })
  hideWhileUsed(login, header)
  return header
}
