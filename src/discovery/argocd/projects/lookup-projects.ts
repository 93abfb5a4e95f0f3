import { type Failure, toFailure } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { ObjectInformer } from '../../informers/object-informer.ts'
import { type GlobalProject, withGlobalProjects } from './global-projects.ts'
import { type Project, readProject } from './project.ts'

/** `unchecked`: there are no projects at all, so Argo CD never ran here, or the snapshot lacks them. */
export type ProjectLookup = (
  name: string,
) => 'unchecked' | 'absent' | { readonly project: Project } | { readonly failure: Failure }

/**
 * Looks up AppProjects of Argo CD's namespace, with what their global projects add. While they cannot be read, nothing is permitted.
 */
export function lookupProjects(
  { objects, state, failure }: Pick<ObjectInformer, 'objects' | 'state' | 'failure'>,
  globalProjects: readonly GlobalProject[],
): ProjectLookup {
  const written = new Map([...objects.values()].map((object) => [object.metadata.name, readOrFailure(object)] as const))
  const projects = new Map([...written].map(([name, one]) => [name, merged(one, globalProjects, written)] as const))
  const unreadable = state === 'failed' ? failure : undefined
  return (name) => {
    const found = projects.get(name)
    if (found !== undefined) return found
    if (unreadable !== undefined) return { failure: unreadable }
    return projects.size === 0 ? 'unchecked' : 'absent'
  }
}

type ReadProject = { readonly project: Project } | { readonly failure: Failure }

/** What a global project denies that cannot be read is not known: a project that it is for permits nothing. */
function merged(
  one: ReadProject,
  globalProjects: readonly GlobalProject[],
  written: ReadonlyMap<string, ReadProject>,
): ReadProject {
  if ('failure' in one) return one
  let failure: Failure | undefined
  const project = withGlobalProjects(one.project, globalProjects, (name) => {
    const found = written.get(name)
    if (found === undefined || 'project' in found) return found?.project
    failure ??= found.failure
    return undefined
  })
  return failure === undefined ? { project } : { failure }
}

function readOrFailure(object: KubernetesObject): ReadProject {
  try {
    return { project: readProject(object) }
  } catch (error) {
    const { message, ...failure } = toFailure(error)
    return { failure: { ...failure, message: `AppProject ${object.metadata.name}: ${message}` } }
  }
}
