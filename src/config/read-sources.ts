import type { SourceSettings } from '../model/settings.ts'
import { gobwasGlob } from '../text/gobwas-glob.ts'
import type { ParseContext } from './parse-context.ts'
import { readConfigUrl } from './read-urls.ts'
import type { AppFile, SourceFile } from './schema.ts'

const TYPES = ['directory', 'kustomize', 'helm'] as const

/** `source` or `sources` of an app: one of the two. */
export function readSources(app: AppFile, pointer: string, context: ParseContext): readonly SourceSettings[] {
  if (app.source !== undefined && app.sources !== undefined)
    context.reportIssue(`${pointer}/sources`, 'source and sources exclude each other')
  if (app.source === undefined && app.sources === undefined)
    context.reportIssue(pointer, 'an app needs source or sources')
  const files = app.sources ?? (app.source === undefined ? [] : [app.source])
  const at = (index: number) => (app.sources === undefined ? `${pointer}/source` : `${pointer}/sources/${index}`)
  const refs = new Set(files.flatMap(({ ref }) => ref ?? []))
  const seen = new Set<string>()
  for (const [index, { ref, helm }] of files.entries()) {
    if (ref !== undefined && seen.has(ref)) context.reportIssue(`${at(index)}/ref`, 'another source has this ref')
    if (ref !== undefined) seen.add(ref)
    for (const [position, file] of (helm?.valueFiles ?? []).entries()) {
      const name = /^\$([^/]*)\//.exec(file)?.[1]
      if (name !== undefined && !refs.has(name))
        context.reportIssue(`${at(index)}/helm/valueFiles/${position}`, `no source has the ref ${JSON.stringify(name)}`)
    }
  }
  return files.map((source, index) => readSource(source, at(index), context))
}

function readSource(source: SourceFile, pointer: string, context: ParseContext): SourceSettings {
  const types = TYPES.filter((type) => source[type] !== undefined)
  if (source.jsonnet !== undefined && types.length === 0) types.push('directory')
  if (types.length > 1) context.reportIssue(pointer, `${types.join(' and ')} exclude each other`)
  if (source.jsonnet !== undefined && types[0] !== 'directory')
    context.reportIssue(`${pointer}/jsonnet`, `jsonnet and ${types.join(' and ')} exclude each other`)
  if (source.jsonnet !== undefined && source.directory?.jsonnet !== undefined)
    context.reportIssue(`${pointer}/jsonnet`, 'jsonnet is given twice: here and below directory')
  for (const name of ['include', 'exclude'] as const) {
    const glob = source.directory?.[name]
    // Argo CD takes one that it cannot read for one that matches nothing.
    if (glob !== undefined && gobwasGlob(glob) === undefined)
      context.reportIssue(`${pointer}/directory/${name}`, `${JSON.stringify(glob)} is no glob`)
  }
  const [type] = types
  const jsonnet = source.directory?.jsonnet ?? source.jsonnet
  return {
    repository: readConfigUrl(source.repository, `${pointer}/repository`, context),
    revision: source.revision,
    path: readPath(source, `${pointer}/path`, context),
    ...(source.ref !== undefined && { ref: source.ref }),
    ...(type !== undefined && { type }),
    directory: { ...source.directory, ...(jsonnet !== undefined && { jsonnet }) },
    kustomize: source.kustomize ?? {},
    helm: source.helm ?? {},
  }
}

function readPath(source: SourceFile, pointer: string, context: ParseContext): string {
  // A source with `ref` alone only lends its files, as in Argo CD.
  const path = source.ref !== undefined && !context.isWritten(pointer) ? '' : source.path
  if (path.startsWith('/')) context.reportIssue(pointer, 'the path starts at the root of the repository, without "/"')
  if (path.split('/').includes('..')) context.reportIssue(pointer, 'the path must not leave the repository')
  return path
}
