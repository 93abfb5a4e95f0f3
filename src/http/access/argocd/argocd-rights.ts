import type { Identity, ReadArgocdPolicies } from '../../../model/access.ts'
import type { Log } from '../../../model/log.ts'
import type { AppScope } from '../viewer.ts'
import { createEnforcer, type Enforcer } from './enforcer.ts'

/** So long a right that was taken away goes on. */
const READ_MS = 30_000
const TIMEOUT_MS = 10_000

/** What one Argo CD lets people see. */
export interface ArgocdRights {
  /** @throws CodedError where the API server does not answer */
  permits(identity: Identity): Promise<(app: AppScope) => boolean>
  /** Users and groups that its policies name. @throws CodedError as `permits` */
  members(): Promise<ReadonlySet<string>>
}

export interface ArgocdRightsOptions {
  readonly read: ReadArgocdPolicies
  /** Where Argo CD is, and its own namespace. */
  readonly place: { readonly cluster: string; readonly namespace: string }
  /** Milliseconds that only go forward. */
  readonly now: () => number
  readonly log: Log
}

/** Policies are read when somebody asks and they are older than half a minute: once for all who ask meanwhile. */
export function createArgocdRights({ read, place, now, log }: ArgocdRightsOptions): ArgocdRights {
  let known: { readonly enforcer: Enforcer; readonly until: number } | undefined
  let reading: Promise<Enforcer> | undefined
  let warned = ''

  async function readNow(): Promise<Enforcer> {
    const enforcer = createEnforcer(await read(AbortSignal.timeout(TIMEOUT_MS)))
    known = { enforcer, until: now() + READ_MS }
    const unreadable = enforcer.unreadable.join(', ')
    if (unreadable !== warned && unreadable !== '')
      log('warn', 'policies of Argo CD cannot be read and give nobody any right', {
        cluster: place.cluster,
        unreadable,
      })
    warned = unreadable
    return enforcer
  }

  async function current(): Promise<Enforcer> {
    if (known !== undefined && now() < known.until) return known.enforcer
    reading ??= readNow().finally(() => {
      reading = undefined
    })
    return reading
  }

  return {
    async permits({ user, groups }) {
      const enforcer = await current()
      // A group has what it is a member of; a user is a subject by himself.
      const subjects = [user, ...groups.filter((group) => enforcer.members.has(group))]
      return ({ controller, kind, declaredIn, project, namespace, name }) =>
        controller === 'argocd' &&
        kind === 'Application' &&
        declaredIn === place.cluster &&
        enforcer.permits(subjects, { project, name, namespace: namespace === place.namespace ? '' : namespace })
    },
    members: async () => (await current()).members,
  }
}
