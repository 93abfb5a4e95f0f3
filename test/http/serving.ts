import type { HttpOptions, HttpService } from '../../src/http/ports.ts'
import { startHttp } from '../../src/http/start-http.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import type { Log } from '../../src/model/log.ts'
import { type TestFleet, testFleet } from '../metrics/test-fleet.ts'

export interface Serving extends AsyncDisposable {
  readonly fleet: TestFleet
  readonly http: HttpService
  readonly logged: readonly string[]
  /** Messages with their fields, as JSON. */
  readonly lines: readonly string[]
  /** Resolves when every update of the fleet so far is on /metrics. */
  flushed(): Promise<void>
}

export interface ServingOptions
  extends Partial<
    Pick<
      HttpOptions,
      | 'objects'
      | 'episodes'
      | 'timeline'
      | 'access'
      | 'externalUrl'
      | 'links'
      | 'listen'
      | 'audit'
      | 'webhooks'
      | 'reload'
      | 'refusedConfig'
      | 'firstPassTimeoutSeconds'
      | 'now'
    >
  > {
  readonly updates?: readonly FleetUpdate[]
}

export const NOW = 1_732_300_300

/** Both listeners on free ports of this machine, over the real metrics and a fleet that tests update. */
export async function serve(options: ServingOptions = {}): Promise<Serving> {
  const fleet = testFleet(...(options.updates ?? []))
  const logged: string[] = []
  const lines: string[] = []
  const log: Log = (_level, message, fields) => {
    logged.push(message)
    lines.push(JSON.stringify([message, fields ?? {}]))
  }
  const metrics = createMetrics(fleet, {
    version: '1.2.3',
    appLabels: [],
    argocdCompatibility: false,
    onError: (error) => logged.push(String(error)),
  })
  const here = { address: '127.0.0.1', port: 0 }
  const http = await startHttp({
    fleet,
    metrics,
    objects: async (id) => fleet.apps.get(id)?.verdict.objects ?? [],
    episodes: async () => ({ found: [] }),
    timeline: async () => ({ slices: [], gaps: [], isCut: false }),
    listen: { metrics: here, pages: here },
    version: '1.2.3',
    log,
    now: () => NOW,
    firstPassTimeoutSeconds: 60,
    ...options,
  }).catch((error: unknown) => {
    metrics.close()
    throw error
  })
  return {
    fleet,
    http,
    logged,
    lines,
    flushed: () => metrics.flushed(),
    async [Symbol.asyncDispose]() {
      await http.close()
      metrics.close()
    },
  }
}
