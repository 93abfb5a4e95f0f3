/** Verdict of one app in one cluster, as /metrics has it. */
export interface SeenVerdict {
  readonly status: string
  /** Only while OutOfSync. */
  readonly cause: string | undefined
}

/** The verdicts on /metrics, by `app in cluster`: the demo checks what Prometheus would see. */
export async function seenVerdicts(metricsUrl: string, signal: AbortSignal): Promise<ReadonlyMap<string, SeenVerdict>> {
  const response = await fetch(`${metricsUrl}/metrics`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  })
  const text = await response.text()
  const causes = new Map(onesOf(text, 'gitops_app_out_of_sync_cause').map((labels) => [placeOf(labels), labels.cause]))
  return new Map(
    onesOf(text, 'gitops_app_sync_status').map((labels) => {
      const place = placeOf(labels)
      const status = labels.sync_status ?? ''
      return [place, { status, cause: status === 'OutOfSync' ? causes.get(place) : undefined }]
    }),
  )
}

export function place(app: string, cluster: string): string {
  return `${app} in ${cluster}`
}

function placeOf(labels: Readonly<Record<string, string>>): string {
  return place(labels.app_name ?? '', labels.dest_cluster ?? '')
}

/** Labels of the samples of one family whose value is 1. The demo's label values need no unescaping. */
function onesOf(exposition: string, family: string): readonly Readonly<Record<string, string>>[] {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) && line.endsWith('} 1'))
    .map((line) =>
      Object.fromEntries([...line.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])),
    )
}
