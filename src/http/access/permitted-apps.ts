import { createHash } from 'node:crypto'
import { createSemaphore } from '../../concurrency/semaphore.ts'
import type { AccessReviews, Identity, ResourceRight } from '../../model/access.ts'
import type { Fleet } from '../../model/fleet.ts'
import type { Log } from '../../model/log.ts'
import { createExpiringCache } from './expiring-cache.ts'
import type { AppScope } from './viewer.ts'

/** So long a right that was taken away goes on. */
const DECISION_MS = 30_000
const REMEMBERED = 50_000
/** Of one person within that time: what would take more questions is not shown. */
const MOST_QUESTIONS = 2000
const AT_ONCE = 10
const REVIEW_MS = 10_000

/** The resource that declares an app: whoever may `get` it may see the app. A release of Helm is kept in Secrets. */
const RESOURCES: Readonly<Record<string, Pick<ResourceRight, 'group' | 'resource'>>> = {
  Application: { group: 'argoproj.io', resource: 'applications' },
  Kustomization: { group: 'kustomize.toolkit.fluxcd.io', resource: 'kustomizations' },
  HelmRelease: { group: 'helm.toolkit.fluxcd.io', resource: 'helmreleases' },
  Release: { group: '', resource: 'secrets' },
}

/**
 * Which apps of a cluster somebody may see by SubjectAccessReview: those whose own resource he may `get`. What holds everywhere is asked first,
 * then what holds in a namespace, then about single resources. Takes questions by namespaces, or by apps where a right names them.
 */
export function createPermittedApps(
  reviews: Pick<AccessReviews, 'permits'>,
  { cluster, now, log }: { readonly cluster: string; readonly now: () => number; readonly log: Log },
) {
  const decisions = createExpiringCache<boolean>(REMEMBERED, now)
  const budgets = createExpiringCache<{ left: number }>(1000, now)
  const enter = createSemaphore(AT_ONCE)
  const running = new Map<string, Promise<boolean>>()

  function ask(identity: Identity, key: string, right: ResourceRight): Promise<boolean> {
    const known = decisions.get(key)
    if (known !== undefined) return Promise.resolve(known)
    const asked = running.get(key)
    if (asked !== undefined) return asked
    const signal = AbortSignal.timeout(REVIEW_MS)
    const asking = enter(signal, () => reviews.permits(identity, right, signal))
      .then((isPermitted) => {
        decisions.set(key, isPermitted, DECISION_MS)
        return isPermitted
      })
      .finally(() => running.delete(key))
    running.set(key, asking)
    return asking
  }

  /** @throws CodedError where the API server does not answer */
  return async (identity: Identity, fleet: Fleet): Promise<(app: AppScope) => boolean> => {
    const who = createHash('sha256').update(JSON.stringify(identity)).digest('base64')
    const keyOf = ({ group, resource, namespace, name }: ResourceRight): string =>
      // No name of Kubernetes holds a blank.
      `${who} ${group}/${resource} ${namespace} ${name ?? ''}`
    const rights = new Map<string, ResourceRight>()
    for (const { summary } of fleet.apps.values())
      for (const right of rightsOf(summary, cluster)) rights.set(keyOf(right), right)
    let budget = budgets.get(who)
    if (budget === undefined) {
      budget = { left: MOST_QUESTIONS }
      budgets.set(who, budget, DECISION_MS)
    }
    const isPermitted = (right: ResourceRight): boolean => decisions.get(keyOf(right)) === true
    for (const level of LEVELS) {
      const wanted = [...rights].filter(
        ([key, right]) =>
          levelOf(right) === level && decisions.get(key) === undefined && !isCovered(right, isPermitted),
      )
      if (wanted.length > budget.left) {
        log('warn', 'somebody is not shown all that he may see: too many rights would have to be asked for', {
          user: identity.user,
          rights: wanted.length,
        })
        break
      }
      budget.left -= wanted.length
      await Promise.all(wanted.map(([key, right]) => ask(identity, key, right)))
    }
    // What was decided holds while the request is answered, however long that takes.
    const seen = new Set([...rights].filter(([, right]) => isPermitted(right)).map(([key]) => key))
    return (app) => rightsOf(app, cluster).some((right) => seen.has(keyOf(right)))
  }
}

const LEVELS = ['everywhere', 'namespace', 'name'] as const
type Level = (typeof LEVELS)[number]

function levelOf({ namespace, name }: ResourceRight): Level {
  if (name !== undefined) return 'name'
  return namespace === '' ? 'everywhere' : 'namespace'
}

/** Each of them lets the app be seen, from the widest to the narrowest. */
function rightsOf(
  { kind, controller, declaredIn, namespace, name }: AppScope,
  cluster: string,
): readonly ResourceRight[] {
  const resource = controller === 'static' || declaredIn !== cluster ? undefined : RESOURCES[kind]
  if (resource === undefined) return []
  const wide = [
    { ...resource, namespace: '' },
    { ...resource, namespace },
  ]
  // Its Secrets have other names than the release.
  return kind === 'Release' ? wide : [...wide, { ...resource, namespace, name }]
}

/** Whether a wider right was given already. */
function isCovered(right: ResourceRight, isPermitted: (right: ResourceRight) => boolean): boolean {
  const { name: _name, ...inNamespace } = right
  const wider = [{ ...inNamespace, namespace: '' }, inNamespace]
  return wider.some((one) => levelOf(one) !== levelOf(right) && isPermitted(one))
}
