import { isDeepStrictEqual } from 'node:util'
import type { ClusterReport, FleetUpdate } from '../../model/fleet.ts'
import type { ClusterState } from './cluster-state.ts'

/** Reports the status of clusters: urgent changes at once, counters and times four times a minute. */
export interface ClusterReports {
  /** To be called every second. */
  tick(clusters: Iterable<ClusterState>): void
  gone(name: string): void
}

const COUNTERS_MS = 15_000

/** @param uptime milliseconds: by the clock, one that is set back would hold reports up until it is as late again */
export function createClusterReports(
  uptime: () => number,
  emit: (updates: readonly FleetUpdate[]) => void,
): ClusterReports {
  const reported = new Map<string, { readonly report: ClusterReport; readonly at: number }>()
  return {
    tick(clusters) {
      const updates: FleetUpdate[] = []
      for (const { spec, connector } of clusters) {
        const status = connector.status()
        const before = reported.get(spec.name)
        if (before?.report.status === status && before.report.labels === spec.labels) continue
        const report = { labels: spec.labels, status }
        if (before !== undefined && isDeepStrictEqual(before.report, report)) continue
        const isUrgent = before === undefined || !isDeepStrictEqual(urgentPart(before.report), urgentPart(report))
        if (!isUrgent && uptime() - before.at < COUNTERS_MS) continue
        reported.set(spec.name, { report, at: uptime() })
        updates.push({ type: 'cluster', report })
      }
      if (updates.length > 0) emit(updates)
    },
    gone(name) {
      reported.delete(name)
      emit([{ type: 'clusterGone', name }])
    },
  }
}

function urgentPart({ labels, status }: ClusterReport): unknown {
  const { up, failure, kubeVersion, server } = status
  return { labels, up, failure, kubeVersion, server }
}
