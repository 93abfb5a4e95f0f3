import type { Settings } from '../../model/settings.ts'
import type { Shard } from '../../model/shard.ts'
import { UsageError } from '../cli/usage-error.ts'

/** Where it stands which shard this is, in the order in which they win. */
export interface ShardSources {
  /** Of the command line. */
  readonly option: string | undefined
  /** The variable `GITOPS_SHARD`. */
  readonly variable: string | undefined
}

/** An index, or the name of a pod of a StatefulSet with its ordinal; and how many there are. */
const SHARD = /^([a-z0-9][-a-z0-9.]*-)?(\d{1,3})(?:\/(\d{1,4}))?$/

/**
 * Which shard this process is, by the command line, the environment or the config; undefined where there is one process for all.
 * @throws UsageError where that cannot be: a shard that takes itself for another would leave clusters to nobody
 */
export function chooseShard({ count, index }: Settings['shards'], sources: ShardSources): Shard | undefined {
  const { option, variable } = sources
  const name = option !== undefined ? '--shard' : 'GITOPS_SHARD'
  const text = option ?? (variable === '' ? undefined : variable)
  if (text === undefined) {
    if (count === 1) return undefined
    if (index !== undefined) return { index, count }
    throw new UsageError(
      `there are ${count} shards, and neither --shard, GITOPS_SHARD nor shards.index says which this is`,
    )
  }
  const [, pod, ordinal, of] = SHARD.exec(text) ?? []
  if (ordinal === undefined)
    throw new UsageError(
      `${name} must be an index such as 0, a pod's name such as drift-0, or either with the count, such as 0/4, not ${JSON.stringify(text)}`,
    )
  const shard = { index: Number(ordinal), count: of === undefined ? count : Number(of) }
  if (shard.count < 1 || shard.count > 1000)
    throw new UsageError(`${name}: there are from 1 to 1000 shards, not ${shard.count}`)
  // More pods than shards are replicas of them.
  if (pod !== undefined) return shard.count === 1 ? undefined : { ...shard, index: shard.index % shard.count }
  if (shard.index >= shard.count)
    throw new UsageError(
      `${name}: of ${shard.count} shards the last has the index ${shard.count - 1}, not ${shard.index}`,
    )
  return shard.count === 1 ? undefined : shard
}
