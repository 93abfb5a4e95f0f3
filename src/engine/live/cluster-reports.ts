import { isDeepStrictEqual } from 'node:util'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { ClusterConnector } from '../../model/clusters/cluster.ts'
import type { ClusterReport, FleetUpdate } from '../../model/fleet.ts'

interface ReportedCluster {
  readonly spec: Pick<ClusterSpec, 'name' | 'labels'>
  readonly connector: Pick<ClusterConnector, 'status'>
}

/** Reports the status of clusters: urgent changes at once, counters and times four times a minute, of all clusters together. */
export interface ClusterReports {
  /** To be called every second. */
  tick(clusters: Iterable<ReportedCluster>): void
  gone(name: string): void
}

const COUNTERS_MS = 15_000

/** @param uptime milliseconds: by the clock, one that is set back would hold reports up until it is as late again */
export function createClusterReports(
  uptime: () => number,
  emit: (updates: readonly FleetUpdate[]) => void,
): ClusterReports {
  const reported = new Map<string, ClusterReport>()
  let countedAt = uptime()
  return {
    tick(clusters) {
      const updates: FleetUpdate[] = []
      // Each in its own turn would wake the threads, and make text of metrics anew, every second.
      const isRound = uptime() - countedAt >= COUNTERS_MS
      if (isRound) countedAt = uptime()
      for (const { spec, connector } of clusters) {
        const status = connector.status()
        const before = reported.get(spec.name)
        if (before?.status === status && before.labels === spec.labels) continue
        const report = { labels: spec.labels, status }
        const isUrgent = before === undefined || !isDeepStrictEqual(urgentPart(before), urgentPart(report))
        if (!isUrgent && (!isRound || isDeepStrictEqual(before, report))) continue
        reported.set(spec.name, report)
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
