import { createHash } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { Confidential } from '../../../model/confidential.ts'
import type { JsonObject } from '../../../model/json.ts'

/** Where one API server is and how its TLS is checked. */
export interface ServerAddress {
  /** Without a slash at the end and without user info; may have a path. */
  readonly url: string
  /** PEM, one or several certificates; absent is the system's. */
  readonly ca?: string
  readonly insecureSkipVerify: boolean
  /** The name that the certificate must have instead of the URL's host. */
  readonly serverName?: string
  /** `http:`, `https:` or `socks5:`. */
  readonly proxy?: string
  /** The address came from a resource: names are looked up by this. */
  readonly lookup?: LookupFunction
  /** Headers of every request, such as those that impersonate a user. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
}

export interface ClientCertificate {
  /** PEM. */
  readonly certificate: string
  /** PEM. */
  readonly key: Confidential
  /** Another one for another certificate or key. */
  readonly fingerprint: string
}

export function clientCertificate(certificate: string, key: string): ClientCertificate {
  const fingerprint = createHash('sha256').update(certificate).update('\0').update(key).digest('hex')
  return { certificate, key: Confidential.used(key), fingerprint }
}

/** What authenticates a request. */
export interface Credentials {
  /** Value of the Authorization header. */
  readonly authorization?: Confidential
  readonly certificate?: ClientCertificate
}

/** Supplies the credentials of requests, wherever they come from. */
export interface CredentialSource {
  /** Cached as long as they are good. @throws CodedError `GDE_CLUSTER_KUBECONFIG` */
  current(signal: AbortSignal): Promise<Credentials>
  /** The server refused the current ones: drops the cache, so that the next ones are read or requested anew. */
  renew(): void
}

export interface ServerAccess {
  readonly address: ServerAddress
  readonly credentials: CredentialSource
}

/**
 * Reads how to reach the server. Called again every minute and after a refusal, so that rotated files count; gives the same
 * object as before when nothing changed. @param fresh files are read, even if they look as they did: what they held was refused
 * @throws CodedError `GDE_CLUSTER_KUBECONFIG`
 */
export type LoadServerAccess = (signal: AbortSignal, fresh?: boolean) => Promise<ServerAccess>

/** Credentials that never change by themselves. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  return { current: async () => credentials, renew: () => undefined }
}

export interface UserEntry {
  /** `users[].user` of a kubeconfig. */
  readonly user: JsonObject
  readonly certificate: ClientCertificate | undefined
  readonly address: ServerAddress
  /** The kubeconfig; paths are relative to it. */
  readonly file: string
  readonly environment: Readonly<Record<string, string | undefined>>
}
