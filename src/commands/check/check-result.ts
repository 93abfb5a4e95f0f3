import type { Problem } from '../../model/apps/inventory.ts'
import type { AppReport, ClusterReport } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { Shard } from '../../model/shard.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { ExitCode } from '../cli/command.ts'

/** What one pass found, as the outputs of `check` print it. */
export interface CheckResult {
  /** The apps that `--only` lets through, by name. */
  readonly shown: readonly AppReport[]
  /** All that were asked for. */
  readonly all: readonly AppReport[]
  readonly problems: readonly Problem[]
  readonly clusters: readonly ClusterReport[]
  /** All objects of the shown apps, where the output has them: others print the noteworthy ones of the verdict. */
  readonly objects: ReadonlyMap<AppId, readonly ObjectVerdict[]>
  readonly exitCode: ExitCode
  /** Which shard was asked for; absent: all. */
  readonly shard?: Shard
}
