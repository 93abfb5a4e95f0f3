import type { KubernetesObject } from '../model/object.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import { combineCauses } from './combine-causes.ts'
import { type CompareInput, compareObject } from './compare-object.ts'
import { byPath } from './judge-differences.ts'

/**
 * The verdict where the API server was asked what an apply would give (`compare: server-side`). What that differs from the live
 * object in, an apply would change: defaults, conversions and mutating webhooks are in it. An apply leaves alone what others own, so
 * what was added is looked up as without a server.
 * @param dryRun the answer to a server-side apply with `dryRun=All` under the GitOps manager's own name, sealed
 */
export function compareDryRun(input: CompareInput, dryRun: KubernetesObject): ObjectVerdict {
  const declared = compareObject(input)
  if (input.live === undefined) return declared
  const applied = compareObject({ ...input, desired: dryRun })
  const added = declared.differences.filter((difference) => difference.class === 'added')
  const changes = applied.differences.filter((difference) => difference.class !== 'added')
  const differences = [...changes, ...added].sort(byPath)
  const isDrift = differences.some((difference) => difference.effect === 'drift')
  const cause = combineCauses([declared.cause, applied.cause].filter((one) => one !== undefined)) ?? 'live'
  const { key, version, invalidFields, ownershipUnknown } = declared
  return {
    key,
    version,
    state: isDrift ? 'changed' : 'synced',
    differences,
    ...(isDrift && { cause }),
    ...(invalidFields !== undefined && { invalidFields }),
    ...(ownershipUnknown !== undefined && { ownershipUnknown }),
  }
}
