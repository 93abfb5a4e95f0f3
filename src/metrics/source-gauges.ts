import type { SourceReport } from '../model/apps/inventory.ts'
import type { Fleet } from '../model/fleet.ts'
import type { Instruments } from './instruments.ts'

const GAUGES = ['gitops_discovery_up', 'gitops_discovery_last_success_timestamp_seconds'] as const

type SourceLabels = Readonly<Record<string, string>>

/** Whether each source of apps was read; a source is up when its apps can be scraped, not before. */
export function createSourceGauges(
  instruments: Instruments,
  appsFlushed: () => Promise<void>,
  onError: (error: unknown) => void,
): (sources: NonNullable<Fleet['sources']>) => void {
  let known: ReadonlyMap<string, SourceLabels> = new Map()
  return ({ reports, at }) => {
    const keys = new Map<string, SourceLabels>(
      reports.map((one) => [`${one.controller}/${one.declaredIn}`, sourceLabels(one)]),
    )
    for (const [key, labels] of known) if (!keys.has(key)) for (const name of GAUGES) instruments.remove(name, labels)
    known = keys
    const set = (one: SourceReport): void => {
      instruments.set('gitops_discovery_up', sourceLabels(one), one.up ? 1 : 0)
      if (one.up) instruments.set('gitops_discovery_last_success_timestamp_seconds', sourceLabels(one), at)
    }
    for (const one of reports) if (!one.up) set(one)
    appsFlushed().then(() => {
      if (known === keys) for (const one of reports) if (one.up) set(one)
    }, onError)
  }
}

function sourceLabels({ controller, declaredIn }: SourceReport): SourceLabels {
  return { controller, app_cluster: declaredIn }
}
