/** One line of /metrics. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** The samples of an exposition in text format 0.0.4, as Prometheus reads them. */
export function readSamples(exposition: string): readonly Sample[] {
  return exposition.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined) return []
    return [{ name, labels: readLabels(labels), value: Number(value) }]
  })
}

function readLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name, value = '']) => [
      name,
      value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  )
}

/** What /metrics says of one app in one cluster. */
export interface SeenApp {
  readonly status: string | undefined
  /** Only while OutOfSync. */
  readonly cause: string | undefined
  /** Only while Unknown. */
  readonly reason: string | undefined
  readonly since: number | undefined
}

/** By `app@cluster`. */
export function seenApps(samples: readonly Sample[]): ReadonlyMap<string, SeenApp> {
  const instances = new Map<string, Sample[]>()
  for (const sample of samples) {
    const { app_name: app, dest_cluster: cluster } = sample.labels
    if (app === undefined) continue
    const instance = `${app}@${cluster}`
    instances.set(instance, [...(instances.get(instance) ?? []), sample])
  }
  return new Map([...instances].map(([instance, own]) => [instance, seenApp(own)]))
}

function seenApp(samples: readonly Sample[]): SeenApp {
  const isOne = (name: string) => samples.find((sample) => sample.name === name && sample.value === 1)?.labels
  return {
    status: isOne('gitops_app_sync_status')?.sync_status,
    cause: isOne('gitops_app_out_of_sync_cause')?.cause,
    reason: isOne('gitops_app_unknown_reason')?.reason,
    since: samples.find(({ name }) => name === 'gitops_app_out_of_sync_since_timestamp_seconds')?.value,
  }
}
