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
  const isCovered = coverage(own)
  const isValueCovered = coverage(own.filter(({ values }) => values))
  return {
    name: user,
    seesEverything: own.some(({ projects, clusters }) => projects.includes('*') && clusters.includes('*')),
    sees: (app) => isCovered(app) || permits(app),
    seesValues: isValueCovered,
  }
}

/** Whether any of the roles is for an app. Thousands of apps have a few projects and clusters, each pair of which is matched once. */
function coverage(roles: readonly AccessRole[]): (app: AppScope) => boolean {
  const projects = new Map<string, Map<string, boolean>>()
  return ({ project, destination }) => {
    let clusters = projects.get(project)
    if (clusters === undefined) {
      clusters = new Map()
      projects.set(project, clusters)
    }
    let known = clusters.get(destination)
    if (known === undefined) {
      known = roles.some((role) => matchesName(role.projects, project) && matchesName(role.clusters, destination))
      clusters.set(destination, known)
    }
    return known
  }
}
