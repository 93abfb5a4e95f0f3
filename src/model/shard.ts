import { hash } from 'node:crypto'

/** Which of several exporters one is: each evaluates the apps of its own clusters, and all of them together every app. */
export interface Shard {
  /** From 0. */
  readonly index: number
  readonly count: number
}

/** Which part of the fleet a page shows, and where the others are. */
export interface ShownShard extends Shard {
  /** Of its pages and API, with `{shard}` in it; absent where the config names none. */
  readonly urlTemplate?: string
}

/** What stands for the index in URLs of the config. */
export const SHARD_PLACEHOLDER = '{shard}'

/**
 * The index of the shard that has the cluster: the highest of one score for each (rendezvous hashing), so that shards need not know of each
 * other, and one more shard takes 1/n of the clusters of each and moves no other.
 * @param cluster its name in the inventory, which is the same wherever it is reached from
 */
export function shardOf(cluster: string, count: number): number {
  let best = 0
  let highest = ''
  for (let index = 0; index < count; index += 1) {
    // Digits of one length are in the order of their numbers.
    const score = hash('sha256', `${index}\0${cluster}`, 'hex')
    if (score <= highest) continue
    highest = score
    best = index
  }
  return best
}

/** Whether the cluster is the shard's; without shards all are. */
export function hasCluster(shard: Shard | undefined, cluster: string): boolean {
  return shard === undefined || shardOf(cluster, shard.count) === shard.index
}

/** The URL of another shard, where the template names one for each. */
export function shardUrl(template: string | undefined, index: number): string | undefined {
  return template?.replaceAll(SHARD_PLACEHOLDER, String(index))
}
