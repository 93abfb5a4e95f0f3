import { parseJson } from '../../kubernetes/serialization/json.ts'
import { readYamlDocuments, type YamlDocument } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { DirectoryOptions } from '../../model/source.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import type { ListedEntry } from '../recorded-sources.ts'
import { renderJsonnetFile } from './jsonnet.ts'
import type { RawObject, SourceContext, SourceOutput } from './source-context.ts'
import { decodeText } from './text-file.ts'

const MANIFEST = /\.(?:yaml|yml|json|jsonnet)$/
/** Files that contain it are skipped. */
const SKIP_MARKER = '+argocd:skip-file-rendering'
const OBJECT_MARKERS = ['apiVersion:', 'kind:', 'metadata:']

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
    const text = decodeText(bytes, file)
    if (text.includes(SKIP_MARKER)) continue
    if (file.endsWith('.jsonnet')) {
      const made = renderJsonnetFile(context, file)
      usedEnvironment ||= made.usedEnvironment
      objects.push(...made.objects)
    } else if (file.endsWith('.json')) {
      if (bytes.length > context.documentBytes)
        throw new CodedError('GDE_TOO_LARGE', `the file is larger than ${context.documentBytes} bytes`, { file })
      objects.push({ value: parseJson(text, { file }), file, line: 1 })
    } else {
      objects.push(...manifestsOf(context, text, file))
    }
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

/**
 * The objects of a YAML file. A file that is broken before its first object and does not look like a manifest is not
 * one, and is ignored.
 */
function manifestsOf(context: SourceContext, text: string, file: string): readonly RawObject[] {
  const looksLikeManifest = OBJECT_MARKERS.every((marker) => text.includes(marker))
  let documents: readonly YamlDocument[]
  try {
    documents = readYamlDocuments(text, { file, limits: { bytes: context.documentBytes } })
  } catch (error) {
    if (looksLikeManifest || !(error instanceof CodedError) || error.failure.code !== 'GDE_RENDER_YAML') throw error
    return []
  }
  const objects: RawObject[] = []
  for (const { value, line, warnings } of documents) {
    if (value === null) continue
    if (!hasKind(value)) {
      if (looksLikeManifest || objects.length > 0)
        throw new CodedError('GDE_RENDER_OBJECT', 'the document has no kind', { file, line })
      return []
    }
    for (const warning of warnings)
      context.warn({ code: 'GDE_RENDER_YAML', file, line: warning.line, message: warning.message })
    objects.push({ value, file, line })
  }
  return objects
}

function hasKind(value: Json): boolean {
  return isJsonObject(value) && typeof value.kind === 'string' && value.kind !== ''
}
