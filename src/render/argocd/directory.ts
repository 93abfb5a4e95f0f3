import type { DirectoryOptions } from '../../model/sources/source.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import type { ListedEntry } from '../recorded-sources.ts'
import { renderJsonnetFile } from './jsonnet.ts'
import { manifestObjects, SKIP_MARKER } from './manifest-file.ts'
import type { RawObject, SourceContext, SourceOutput } from './source-context.ts'
import { decodeText } from './text-file.ts'

const MANIFEST = /\.(?:yaml|yml|json|jsonnet)$/

/**
 * Plain manifests as Argo CD's repo server finds them (findManifests): every file with one of four endings, in the order of names,
 * hidden ones too.
 */
export function renderDirectory(context: SourceContext): SourceOutput {
  const objects: RawObject[] = []
  let usedEnvironment = false
  for (const file of manifestFiles(context)) {
    const bytes = context.files.read(context.index, file)
    if (bytes === undefined) continue
    if (file.endsWith('.jsonnet')) {
      if (decodeText(bytes, file).includes(SKIP_MARKER)) continue
      const made = renderJsonnetFile(context, file)
      usedEnvironment ||= made.usedEnvironment
      objects.push(...made.objects)
    } else objects.push(...manifestObjects(context, bytes, file))
  }
  return { objects, usedEnvironment, usedDestination: false }
}

function manifestFiles(context: SourceContext): readonly string[] {
  const { recurse = false, include, exclude }: DirectoryOptions = context.options.directory
  const isIncluded = matcher(include, true)
  const isExcluded = matcher(exclude, false)
  const found: string[] = []
  const walk = (folder: string, below: string): void => {
    for (const entry of context.files.listEntries(context.index, folder) ?? []) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.type === 'directory' && !entry.symlink) {
        if (recurse) walk(path, name)
      } else if (isManifest(context, entry, path) && !isExcluded(name) && isIncluded(name)) found.push(path)
    }
  }
  walk(context.path, '')
  return found
}

/** A symlink to a folder or to nothing is left out; one that leads to itself is an error, even so. */
function isManifest(context: SourceContext, entry: ListedEntry, path: string): boolean {
  if (!MANIFEST.test(entry.name)) return false
  if (entry.type === 'nothing') context.files.resolveEntry(context.index, path)
  return entry.type === 'file'
}

function matcher(pattern: string | undefined, whenAbsent: boolean): (name: string) => boolean {
  if (pattern === undefined || pattern === '') return () => whenAbsent
  const glob = gobwasGlob(pattern)
  return (name) => glob?.test(name) ?? false
}
