import { selectorMatches } from '../../../kubernetes/selector.ts'
import { CodedError, type Failure } from '../../../model/failure.ts'
import type { LabelSelector, SelectorRequirement } from '../../../model/selector.ts'
import { type Fields, readObject, readObjects, readText, readTextMap, readTexts } from '../../fields/fields.ts'
import type { Project } from './project.ts'

/** An entry of argocd-cm's `globalProjects`: projects with such labels get what that project says, too. */
export interface GlobalProject {
  readonly projectName: string
  readonly selector: LabelSelector
}

/**
 * An entry whose selector selects nothing that can be told ends the list, as in Argo CD (GetGlobalProjects).
 * @param onProblem what is wrong with that selector
 * @throws CodedError `GDE_ARGOCD_INVALID` naming a field of another type: Argo CD has no global projects then
 */
export function readGlobalProjects(settings: Fields, onProblem: (problem: Failure) => void): readonly GlobalProject[] {
  const entries = readObjects(settings, 'globalProjects').map((entry) => {
    const selector = readObject(entry, 'labelSelector')
    const written = readObjects(selector, 'matchExpressions').map((fields) => ({
      fields,
      key: readText(fields, 'key'),
      operator: readText(fields, 'operator'),
      values: readTexts(fields, 'values'),
    }))
    return { projectName: readText(entry, 'projectName'), matchLabels: readTextMap(selector, 'matchLabels'), written }
  })
  const read: GlobalProject[] = []
  try {
    for (const { projectName, matchLabels, written } of entries)
      read.push({ projectName, selector: { matchLabels, matchExpressions: written.map(readRequirement) } })
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    onProblem(error.failure)
  }
  return read
}

interface WrittenRequirement {
  readonly fields: Fields
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

/** What apimachinery's LabelSelectorAsSelector takes. */
function readRequirement({ fields: entry, key, operator, values }: WrittenRequirement): SelectorRequirement {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) throw invalid(entry, `${operator} needs values`)
      return { key, operator, values }
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) throw invalid(entry, `${operator} takes no values`)
      return { key, operator }
    default:
      throw invalid(entry, `the operator ${JSON.stringify(operator)} is not In, NotIn, Exists or DoesNotExist`)
  }
}

function invalid({ path, code }: Fields, reason: string): CodedError {
  return new CodedError(code, `${path}: ${reason}`)
}

/**
 * The project with what its global projects add: repositories, destinations, kinds and sync windows, to permissions and to denials
 * alike (GetAppVirtualProject). What global projects of a global project say counts for that one alone.
 * @param find a project by its name, as it is written; an entry whose project is not there ends the list, as in Argo CD
 */
export function withGlobalProjects(
  project: Project,
  entries: readonly GlobalProject[],
  find: (name: string) => Project | undefined,
): Project {
  let merged = project
  for (const { projectName, selector } of entries) {
    if (projectName === project.name || !selectorMatches(selector, project.labels)) continue
    const found = find(projectName)
    if (found === undefined) return merged
    merged = merge(merged, found)
  }
  return merged
}

function merge(project: Project, added: Project): Project {
  const allowed = [project.namespaced.allowed, added.namespaced.allowed].filter((list) => list !== undefined).flat()
  // Without a list every kind is permitted; one that is empty adds nothing to none, so none it stays.
  const isListed = project.namespaced.allowed !== undefined || allowed.length > 0
  return {
    ...project,
    sourceRepos: [...project.sourceRepos, ...added.sourceRepos],
    destinations: [...project.destinations, ...added.destinations],
    namespaced: {
      ...(isListed && { allowed }),
      denied: [...project.namespaced.denied, ...added.namespaced.denied],
    },
    clusterScoped: {
      allowed: [...(project.clusterScoped.allowed ?? []), ...(added.clusterScoped.allowed ?? [])],
      denied: [...project.clusterScoped.denied, ...added.clusterScoped.denied],
    },
    syncWindows: [...project.syncWindows, ...added.syncWindows],
  }
}
