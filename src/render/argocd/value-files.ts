import { CodedError, fromFailure } from '../../model/failure.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import { doublestarGlob } from '../../text/doublestar-glob.ts'
import { insidePath } from '../source-trees.ts'
import type { SourceContext } from './source-context.ts'
import { decodeText } from './text-file.ts'

interface FileLocation {
  readonly source: number
  /** From the root of that source. */
  readonly path: string
}

interface ValueFile {
  readonly name: string
  readonly text: string
}

const GLOB_CHARACTERS = /[*?[]/

/**
 * The values files of a Helm source, in the order in which they are merged, each once. Globs are expanded in the order
 * of names, without the files that are also named explicitly, which keep their own position.
 * @throws CodedError `GDE_RENDER_HELM` for a file that is not there, `GDE_RENDER_OUTSIDE`
 */
export function readValueFiles(
  context: SourceContext,
  names: readonly string[],
  ignoreMissing: boolean,
): readonly ValueFile[] {
  const locations = names.map((name) => ({ name, location: locate(context, name) }))
  const named = new Set(locations.filter(({ location }) => !isGlobbed(location)).map(({ location }) => keyOf(location)))
  const found = new Map<string, ValueFile>()
  for (const { name, location } of locations) {
    const isGlob = isGlobbed(location)
    const matches = isGlob ? expandGlob(context, location) : [location]
    if (isGlob && matches.length === 0 && !ignoreMissing)
      throw new CodedError('GDE_RENDER_HELM', `the values file glob ${name} matches no file`)
    for (const match of matches) {
      if (found.has(keyOf(match)) || (isGlob && named.has(keyOf(match)))) continue
      const bytes = context.files.read(match.source, match.path)
      const file = context.files.isRemote(match.source) ? withoutUserInfo(name) : match.path
      if (bytes !== undefined) found.set(keyOf(match), { name: file, text: decodeText(bytes, file) })
      else if (!ignoreMissing)
        throw new CodedError('GDE_RENDER_HELM', `the values file ${name} is not there`, { file: match.path })
    }
  }
  return [...found.values()]
}

/** The text of a `fileParameters` file. */
export function readParameterFile(context: SourceContext, name: string): string {
  const location = locate(context, name)
  const bytes = context.files.read(location.source, location.path)
  if (bytes === undefined)
    throw new CodedError('GDE_RENDER_HELM', `the file ${name} is not there`, { file: location.path })
  return Buffer.from(bytes).toString('utf8')
}

function isGlobbed({ path }: FileLocation): boolean {
  return GLOB_CHARACTERS.test(path)
}

function keyOf({ source, path }: FileLocation): string {
  return `${source}:${path}`
}

/** `$ref/…` is in another source, `/…` at the root of the repository, anything else beside the chart. */
function locate(context: SourceContext, name: string): FileLocation {
  const referenced = referencedSource(context, name)
  if (referenced !== undefined) {
    const rest = context.environment.substitute(name.slice(name.indexOf('/') + 1))
    return { source: referenced, path: insideOrThrow('', rest, name) }
  }
  const substituted = context.environment.substitute(name)
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(substituted)?.[1]
  if (scheme !== undefined) return locateRemote(context, substituted, scheme.toLowerCase())
  const folder = substituted.startsWith('/') ? '' : context.path
  return { source: context.index, path: insideOrThrow(folder, substituted, name) }
}

/** What its tree calls a file that was fetched. */
const REMOTE_FILE = 'file'
const FETCHED_SCHEMES = ['http', 'https']

/**
 * A file by http(s), which is fetched like a remote file of a kustomization: where the app may have it, and by the same rules.
 * @throws CodedError why it cannot be had, or that it is not there yet
 */
function locateRemote({ files, options }: SourceContext, url: string, scheme: string): FileLocation {
  const { valuesFileSchemes = FETCHED_SCHEMES } = options
  const shown = withoutUserInfo(url)
  if (!valuesFileSchemes.includes(scheme))
    throw new CodedError('GDE_RENDER_OUTSIDE', `${shown}: argocd-cm permits no values files from ${scheme} URLs`)
  if (!FETCHED_SCHEMES.includes(scheme))
    throw new CodedError('GDE_UNSUPPORTED_SOURCE', `${shown}: values files are fetched by http and https alone`)
  const found = files.remote({ type: 'file', url })
  if (typeof found === 'number') return { source: found, path: REMOTE_FILE }
  if (found === undefined) throw new CodedError('GDE_RENDER_HELM', `the values file ${shown} is remote`)
  const { message } = found
  throw fromFailure({ ...found, message: message.startsWith(`${shown}: `) ? message : `${shown}: ${message}` })
}

function referencedSource({ sources }: SourceContext, name: string): number | undefined {
  if (!name.startsWith('$') || !name.includes('/')) return undefined
  const ref = name.slice(1, name.indexOf('/'))
  const index = sources.findIndex((source) => source.ref === ref)
  return index === -1 ? undefined : index
}

function insideOrThrow(folder: string, relative: string, name: string): string {
  const path = insidePath(folder, relative)
  if (path === undefined || path === '')
    throw new CodedError('GDE_RENDER_OUTSIDE', `the values file ${name} lies outside the repository`)
  return path
}

function expandGlob(context: SourceContext, { source, path }: FileLocation): readonly FileLocation[] {
  const names = path.split('/')
  const fixed = names.slice(
    0,
    names.findIndex((name) => GLOB_CHARACTERS.test(name)),
  )
  const pattern = doublestarGlob(names.slice(fixed.length).join('/'))
  if (pattern === undefined) throw new CodedError('GDE_RENDER_HELM', `the values file glob ${path} is broken`)
  const matches: FileLocation[] = []
  const walk = (folder: string, below: string): void => {
    for (const entry of context.files.listEntries(source, folder) ?? []) {
      const full = folder === '' ? entry.name : `${folder}/${entry.name}`
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.type === 'directory') {
        if (!entry.symlink) walk(full, name)
      } else if (entry.type === 'file' && pattern.test(name)) matches.push({ source, path: full })
    }
  }
  walk(fixed.join('/'), '')
  return matches
}
