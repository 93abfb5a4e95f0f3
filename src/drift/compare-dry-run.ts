import type { ObjectVerdict } from '../model/difference.ts'
import type { KubernetesObject } from '../model/object.ts'
import { combineCauses } from './combine-causes.ts'
import { type CompareInput, compareObject } from './compare-object.ts'
import { byPath } from './judge-differences.ts'

/**
 * The verdict where the API server was asked what an apply would give (`compare: server-side`). Its differences from
 * the live object are what an apply would change, with defaults, conversions and mutating webhooks applied. An apply
 * keeps fields of other owners, so fields that a person added are found as without a server; fields that nobody owns
 * are attributed to a webhook.
 * @param dryRun the answer to a server-side apply with `dryRun=All` under the GitOps manager's own name, redacted
 */
export function compareDryRun(input: CompareInput, dryRun: KubernetesObject): ObjectVerdict {
  const declared = compareObject(input)
  if (input.live === undefined) return declared
  const applied = compareObject({ ...input, desired: dryRun })
  const added = declared.differences.filter(
    (difference) => difference.class === 'added' && difference.actor !== undefined,
  )
  const changes = applied.differences.filter((difference) => difference.class !== 'added')
  const differences = [...changes, ...added].sort(byPath)
  const isDrift = differences.some((difference) => difference.effect === 'drift')
  const cause = combineCauses([declared.cause, applied.cause].filter((one) => one !== undefined)) ?? 'live'
  const { key, version, invalidFields } = declared
  return {
    key,
    version,
    state: isDrift ? 'changed' : 'synced',
    differences,
    ...(isDrift && { cause }),
    ...(invalidFields !== undefined && { invalidFields }),
  }
}
