import type { ApplicationSetReport } from '../../../model/apps/inventory.ts'
import type { Failure } from '../../../model/failure.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { SetError } from './generation.ts'

/** The result of one ApplicationSet, as `apps` shows it. */
export interface ComputedApplicationSet {
  /** The cluster whose API declares it. */
  readonly declaredIn: string
  readonly namespace: string
  readonly name: string
  /** Manifests that it generates, sorted by name. */
  readonly applications: readonly JsonObject[]
  /** Name to reason: the controller makes none of these. */
  readonly invalid: Readonly<Record<string, string>>
  /** Those of them that lack a cluster, and which: its name or its server. */
  readonly unknownClusters: Readonly<Record<string, string>>
  readonly error?: SetError
  readonly warnings: readonly string[]
  readonly problems: readonly Failure[]
  readonly notComputable: readonly string[]
  readonly report: ApplicationSetReport
}
