import type { Dispatcher } from 'undici'
import type { ServerLimits } from '../options.ts'
import type {
  ClientCertificate,
  Credentials,
  LoadServerAccess,
  ServerAccess,
  ServerAddress,
} from './credentials/access.ts'

/** Interval at which the kubeconfig and the files that it names are read again. */
const RELOAD_MS = 60_000
/** Minimum between two renewals: fifty watches that are refused at once renew the credentials once. */
const RENEW_MS = 5000

/** What one request is sent with. */
export interface Opened {
  readonly address: ServerAddress
  readonly credentials: Credentials
  readonly dispatcher: Dispatcher
}

/** A dispatcher, and what it is made of: by `key` where that was read anew. */
interface MadeDispatcher {
  readonly key: string
  readonly address: ServerAddress
  readonly certificate: ClientCertificate | undefined
  readonly dispatcher: Dispatcher
}

/** Keeps address, credentials and connections of one cluster up to date. */
export interface Session {
  /** @throws CodedError `GDE_CLUSTER_KUBECONFIG` */
  open(signal: AbortSignal): Promise<Opened>
  /** The server refused these credentials or this certificate. True when new ones may help: try again. */
  refused(opened: Opened): boolean
  /** The address as far as it is known, for people. */
  url(): string
  close(): Promise<void>
}

export function createSession(
  load: LoadServerAccess,
  limits: ServerLimits,
  environment: Readonly<Record<string, string | undefined>>,
): Session {
  let access: ServerAccess | undefined
  let loadedAt = Number.NEGATIVE_INFINITY
  let renewedAt = Number.NEGATIVE_INFINITY
  let current: MadeDispatcher | undefined
  let used: Credentials | undefined
  const dispatchers = new Set<Dispatcher>()

  async function loadAccess(signal: AbortSignal): Promise<ServerAccess> {
    if (access !== undefined && performance.now() - loadedAt < RELOAD_MS) return access
    const fresh = loadedAt === Number.NEGATIVE_INFINITY
    try {
      access = await load(signal, fresh)
    } catch (error) {
      // A kubeconfig that is just being rewritten must not take down what works.
      if (access === undefined || fresh) throw error
    }
    loadedAt = performance.now()
    return access
  }

  async function dispatcherFor(address: ServerAddress, credentials: Credentials): Promise<Dispatcher> {
    const { certificate } = credentials
    if (current?.address === address && current.certificate === certificate) return current.dispatcher
    // A thread that speaks to no server does not load the client.
    const { createDispatcher } = await import('./dispatcher.ts')
    const key = JSON.stringify([address, certificate?.fingerprint])
    if (current?.key === key) {
      current = { ...current, address, certificate }
      return current.dispatcher
    }
    const dispatcher = createDispatcher(address, certificate, limits, environment)
    dispatchers.add(dispatcher)
    const before = current?.dispatcher
    current = { key, address, certificate, dispatcher }
    // Watches that run over the old connections go on until the server ends them.
    if (before !== undefined) {
      const forget = () => dispatchers.delete(before)
      void before.close().then(forget, forget)
    }
    return dispatcher
  }

  return {
    open: async (signal) => {
      const { address, credentials: source } = await loadAccess(signal)
      const credentials = await source.current(signal)
      used = credentials
      return { address, credentials, dispatcher: await dispatcherFor(address, credentials) }
    },
    refused: ({ credentials }) => {
      // The credentials were renewed since: the new ones were not refused.
      if (credentials !== used) return true
      if (performance.now() - renewedAt < RENEW_MS) return false
      renewedAt = performance.now()
      loadedAt = Number.NEGATIVE_INFINITY
      access?.credentials.renew()
      return true
    },
    url: () => access?.address.url ?? '',
    close: async () => {
      await Promise.all([...dispatchers].map((dispatcher) => dispatcher.destroy()))
    },
  }
}
