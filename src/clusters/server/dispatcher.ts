import { getCACertificates, rootCertificates } from 'node:tls'
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici'
import { CodedError } from '../../model/failure.ts'
import type { ServerLimits } from '../options.ts'
import type { ClientCertificate, ServerAddress } from './credentials/access.ts'
import { releaseRawHeaders } from './response-headers.ts'

/** Never through a proxy, as Go's client has it. */
const LOCAL = ['localhost', '127.0.0.1', '[::1]', '::1']

/** Longer than between two looks at what a server serves, and shorter than API servers keep an idle connection (90 s). */
const IDLE_MS = 80_000

/**
 * The one dispatcher of a cluster: all requests share its connections and its TLS sessions.
 * @throws CodedError `GDE_CLUSTER_KUBECONFIG` when certificate or key cannot be used
 */
export function createDispatcher(
  address: ServerAddress,
  certificate: ClientCertificate | undefined,
  limits: ServerLimits,
  environment: Readonly<Record<string, string | undefined>>,
): Dispatcher {
  const proxies = proxiesOf(environment)
  // To read what the machine trusts takes a tenth of a second.
  const isPlain = address.url.startsWith('http:') && address.proxy === undefined && proxies === undefined
  const tls = {
    ca: address.ca ?? (isPlain ? [] : systemAuthorities()),
    rejectUnauthorized: !address.insecureSkipVerify,
    ...(address.serverName === undefined ? {} : { servername: address.serverName }),
    ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key.reveal() }),
  }
  const options = {
    headersTimeout: limits.answer,
    bodyTimeout: limits.idle,
    keepAliveTimeout: IDLE_MS,
    allowH2: false,
    connect: { ...tls, timeout: limits.connect, ...(address.lookup !== undefined && { lookup: address.lookup }) },
  }
  try {
    return agent().compose(releaseRawHeaders)
  } catch (error) {
    throw new CodedError('GDE_CLUSTER_KUBECONFIG', 'the TLS settings cannot be used', {}, { cause: error })
  }

  function agent(): Dispatcher {
    if (address.proxy !== undefined)
      return new ProxyAgent({ ...options, uri: address.proxy, requestTls: { ...tls, timeout: limits.connect } })
    // Over HTTP/2 all watches share one connection. It is asked for a sign of life when a request had no answer in time.
    if (proxies === undefined) return new Agent({ ...options, allowH2: true })
    return new EnvHttpProxyAgent({ ...options, ...proxies, requestTls: { ...tls, timeout: limits.connect } })
  }
}

/** What Node brings, what NODE_EXTRA_CA_CERTS adds, and what the machine trusts: kubectl trusts the last. */
function systemAuthorities(): string[] {
  return [...new Set([...rootCertificates, ...getCACertificates('extra'), ...getCACertificates('system')])]
}

function proxiesOf(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly httpProxy?: string; readonly httpsProxy?: string; readonly noProxy: string } | undefined {
  const value = (name: string) => environment[name.toLowerCase()] ?? environment[name]
  const httpProxy = value('HTTP_PROXY')
  const httpsProxy = value('HTTPS_PROXY')
  if ((httpProxy ?? '') === '' && (httpsProxy ?? '') === '') return undefined
  const noProxy = [value('NO_PROXY'), ...LOCAL].filter((name) => name !== undefined && name !== '').join(',')
  return {
    noProxy,
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
  }
}
