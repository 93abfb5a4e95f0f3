/** Verdict of one app in one cluster, as /metrics has it. */
export interface ScrapedVerdict {
  readonly status: string
  /** Only while OutOfSync. */
  readonly cause: string | undefined
}

/** The verdicts on /metrics, by `app in cluster`: the demo checks what Prometheus would see. */
export async function scrapeVerdicts(
  metricsUrl: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ScrapedVerdict>> {
  const response = await fetch(`${metricsUrl}/metrics`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  })
  const text = await response.text()
  const causes = new Map(
    samplesWithValueOne(text, 'gitops_app_out_of_sync_cause').map((labels) => [instanceNameOf(labels), labels.cause]),
  )
  return new Map(
    samplesWithValueOne(text, 'gitops_app_sync_status').map((labels) => {
      const instanceName = instanceNameOf(labels)
      const status = labels.sync_status ?? ''
      return [instanceName, { status, cause: status === 'OutOfSync' ? causes.get(instanceName) : undefined }]
    }),
  )
}

export function instanceName(app: string, cluster: string): string {
  return `${app} in ${cluster}`
}

function instanceNameOf(labels: Readonly<Record<string, string>>): string {
  return instanceName(labels.app_name ?? '', labels.dest_cluster ?? '')
}

/** Labels of the samples of one family whose value is 1. The demo's label values need no unescaping. */
function samplesWithValueOne(exposition: string, family: string): readonly Readonly<Record<string, string>>[] {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) && line.endsWith('} 1'))
    .map((line) =>
      Object.fromEntries([...line.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])),
    )
}
