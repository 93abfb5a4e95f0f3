import type { KubernetesObject } from '../model/object.ts'
import type { Cause } from '../model/verdicts/cause.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import { type CompareInput, compareObject } from './compare-object.ts'
import { holdsPointer } from './pointer.ts'

/**
 * Which side changed: the live object is compared with what Git declared at the revision that was applied last.
 * Differences that also exist against that were made in the cluster; the others come from Git.
 * @param verdict of the object as Git declares it now: `changed` or `missing`
 * @param before the object as Git declared it then; undefined when it was not declared
 */
export function causeOf(verdict: ObjectVerdict, input: CompareInput, before: KubernetesObject | undefined): Cause {
  if (before === undefined) return 'git'
  if (input.live === undefined) return 'live'
  const then = compareObject({ ...input, desired: before })
  if (then.state === 'synced') return 'git'
  const moved = drifted(then)
  const now = drifted(verdict)
  const isLive = (path: string) => moved.some((other) => holdsPointer(other, path) || holdsPointer(path, other))
  const byCluster = now.filter(isLive)
  if (byCluster.length === 0) return 'git'
  return byCluster.length === now.length ? 'live' : 'both'
}

function drifted({ differences }: ObjectVerdict): readonly string[] {
  return differences.filter(({ effect }) => effect === 'drift').map(({ path }) => path)
}
