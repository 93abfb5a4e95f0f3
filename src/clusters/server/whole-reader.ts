import type { ServedKind } from '../../model/clusters/cluster.ts'
import { createConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { createDiscoverer, type Discovery } from './api/api-discovery.ts'
import { createLargeAnswers } from './api/large-answers.ts'
import { type ListPage, listPages } from './api/list.ts'
import { askVersion } from './api/server-capabilities.ts'
import { createServerClient } from './client.ts'
import type { LoadServerAccess } from './credentials/access.ts'
import { createSession } from './session.ts'

/** What an API server serves, at one moment. */
export interface ServedApis extends Discovery {
  readonly kubeVersion: string
}

/** Reads a whole API server once, for a copy of it. */
export interface WholeReader extends AsyncDisposable {
  /** @throws CodedError `GDE_CLUSTER_*` */
  served(signal: AbortSignal): Promise<ServedApis>
  /**
   * All objects of a kind, page by page, as the server stores them: managedFields included, and Secrets in the clear.
   * @throws RefusedError 410 when the list took so long that its version is gone: it has to start again
   */
  list(served: ServedKind, selectors: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<ListPage>
}

export interface WholeReaderOptions {
  readonly load: LoadServerAccess
  readonly limits: ServerLimits
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function createWholeReader({ load, limits, environment }: WholeReaderOptions): WholeReader {
  const session = createSession(load, limits, environment)
  const client = createServerClient(session, createConnectionStatus('', session.url), limits, createLargeAnswers())
  const discoverer = createDiscoverer(client)
  return {
    served: async (signal) => {
      const [kubeVersion, discovery] = await Promise.all([askVersion(client, signal), discoverer.discover(signal)])
      return { kubeVersion, ...discovery }
    },
    list: (served, selectors, signal) =>
      listPages(client, { served, namespace: undefined, selectors, metadataOnly: false }, limits, signal),
    [Symbol.asyncDispose]: () => session.close(),
  }
}
