import type { ClusterReport } from '../../model/fleet.ts'
import { CONTROLLERS } from '../../model/identity.ts'
import type { Shard } from '../../model/shard.ts'
import { createSection } from '../exposition/section.ts'
import { clusterGroup } from '../families/clusters.ts'
import type { IsExported } from '../families/exported.ts'
import { exportedFamilies } from '../families/exported.ts'
import type { Instruments } from '../instruments.ts'
import type { FleetSection } from './fleet-section.ts'

/** The series of clusters. */
export interface ClusterSection extends FleetSection {
  set(report: ClusterReport): void
  delete(name: string): void
}

export function createClusterSection(
  instruments: Instruments,
  shard: Shard | undefined,
  isExported: IsExported,
  onError: (error: unknown) => void,
): ClusterSection {
  const { textBlocks, gzipBlocks } = createSection(exportedFamilies(clusterGroup(shard), isExported), onError)
  return {
    gzipBlocks,
    flushed: () => textBlocks.flushed(),
    set: (report) => textBlocks.set(report.status.name, report),
    delete(name) {
      textBlocks.delete(name)
      // A series that is left behind would look like controllers that stopped.
      for (const controller of CONTROLLERS)
        instruments.remove('gitops_controller_last_activity_timestamp_seconds', { controller, app_cluster: name })
    },
    close: () => textBlocks.close(),
  }
}
