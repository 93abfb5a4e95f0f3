import type { AccessRole, Identity } from '../../model/access.ts'
import { matchesName } from '../../text/star-pattern.ts'
import type { AppScope, Viewer } from './viewer.ts'

/**
 * What somebody may see: what any role that is his says, and what was permitted to him besides. Whoever has no role sees nothing.
 * @param permits whether the cluster lets him read the resource that declares the app
 */
export function viewerByRoles(
  { user, groups }: Identity,
  roles: readonly AccessRole[],
  permits: (app: AppScope) => boolean = () => false,
): Viewer {
  const own = roles.filter(
    (role) => matchesName(role.users, user) || groups.some((group) => matchesName(role.groups, group)),
  )
  const covers =
    ({ project, destination }: AppScope) =>
    (role: AccessRole): boolean =>
      matchesName(role.projects, project) && matchesName(role.clusters, destination)
  return {
    name: user,
    seesEverything: own.some(({ projects, clusters }) => projects.includes('*') && clusters.includes('*')),
    sees: (app) => own.some(covers(app)) || permits(app),
    seesValues: (app) => own.some((role) => role.values && covers(app)(role)),
  }
}
