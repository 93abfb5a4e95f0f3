import { CodedError } from '../../model/failure.ts'
import type { SandboxFiles } from '../../model/sources/sandbox.ts'
import type { TreeEntry } from '../../model/sources/tree.ts'
import type { RecordedSources } from '../recorded-sources.ts'

/**
 * Sources as Flux archives them: without symlinks. A submodule is an empty folder unless its source fetches submodules:
 * then reading it is an error, since its content is not known here.
 * @param fetchesSubmodules indexes of sources
 */
export function plainFiles(files: RecordedSources, fetchesSubmodules: ReadonlySet<number>): SandboxFiles {
  function entryAt(source: number, path: string): TreeEntry | undefined {
    const entry = files.plainEntry(source, path)
    if (entry === undefined && fetchesSubmodules.has(source)) refuseSubmodule(source, path)
    return entry?.type === 'symlink' ? undefined : entry
  }

  function refuseSubmodule(source: number, path: string): void {
    const names = path.split('/')
    for (let depth = 1; depth <= names.length; depth += 1) {
      const folder = names.slice(0, depth).join('/')
      if (files.plainEntry(source, folder)?.type === 'submodule')
        throw new CodedError('GDE_GIT_UNSUPPORTED', `${folder} is a submodule`, { file: folder })
    }
  }

  const archived: SandboxFiles = {
    list(source, path) {
      const entry = entryAt(source, path)
      if (entry?.type === 'submodule') {
        if (fetchesSubmodules.has(source)) refuseSubmodule(source, path)
        return []
      }
      return files
        .plainEntries(source, path)
        ?.filter(({ type }) => type !== 'symlink')
        .map(({ name, type }) => ({ name, type: isFolder(type) ? ('directory' as const) : ('file' as const) }))
        .sort((one, two) => (one.name < two.name ? -1 : 1))
    },
    read(source, path) {
      const entry = entryAt(source, path)
      return entry === undefined || isFolder(entry.type) ? undefined : files.read(source, path)
    },
    resolve(source, path) {
      const entry = entryAt(source, path)
      return entry === undefined ? undefined : { path, type: isFolder(entry.type) ? 'directory' : 'file' }
    },
  }
  // What is remote is no artifact: kustomize clones it, and Helm unpacks it.
  const filesOf = (source: number): SandboxFiles => (files.isRemote(source) ? files : archived)
  return {
    list: (source, path) => filesOf(source).list(source, path),
    read: (source, path) => filesOf(source).read(source, path),
    resolve: (source, path) => filesOf(source).resolve(source, path),
    remote: files.remote,
  }
}

function isFolder(type: TreeEntry['type']): boolean {
  return type === 'directory' || type === 'submodule'
}
