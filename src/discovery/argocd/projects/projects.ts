import { type Failure, toFailure } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { ObjectInformer } from '../../informers/object-informer.ts'
import { type Project, readProject } from './project.ts'

/** `unchecked`: there are no projects at all, so Argo CD never ran here, or the snapshot lacks them. */
export type ProjectLookup = (
  name: string,
) => 'unchecked' | 'absent' | { readonly project: Project } | { readonly failure: Failure }

/** The AppProjects of Argo CD's namespace. What keeps them from being read permits nothing. */
export function lookupProjects({
  objects,
  state,
  failure,
}: Pick<ObjectInformer, 'objects' | 'state' | 'failure'>): ProjectLookup {
  const projects = new Map([...objects.values()].map((object) => [object.metadata.name, read(object)] as const))
  const unreadable = state === 'failed' ? failure : undefined
  return (name) => {
    const found = projects.get(name)
    if (found !== undefined) return found
    if (unreadable !== undefined) return { failure: unreadable }
    return projects.size === 0 ? 'unchecked' : 'absent'
  }
}

function read(object: KubernetesObject): { readonly project: Project } | { readonly failure: Failure } {
  try {
    return { project: readProject(object) }
  } catch (error) {
    const { message, ...failure } = toFailure(error)
    return { failure: { ...failure, message: `AppProject ${object.metadata.name}: ${message}` } }
  }
}
