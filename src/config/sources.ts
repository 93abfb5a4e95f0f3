import type { SourceSettings } from '../model/settings.ts'
import { gobwasGlob } from '../text/gobwas-glob.ts'
import type { Reading } from './reading.ts'
import type { AppFile, SourceFile } from './schema.ts'
import { readRepositoryUrl } from './urls.ts'

const TYPES = ['directory', 'kustomize', 'helm'] as const

/** `source` or `sources` of an app: one of the two. */
export function readSources(app: AppFile, pointer: string, reading: Reading): readonly SourceSettings[] {
  if (app.source !== undefined && app.sources !== undefined)
    reading.complain(`${pointer}/sources`, 'source and sources exclude each other')
  if (app.source === undefined && app.sources === undefined) reading.complain(pointer, 'an app needs source or sources')
  const files = app.sources ?? (app.source === undefined ? [] : [app.source])
  const at = (index: number) => (app.sources === undefined ? `${pointer}/source` : `${pointer}/sources/${index}`)
  const refs = new Set(files.flatMap(({ ref }) => ref ?? []))
  const seen = new Set<string>()
  for (const [index, { ref, helm }] of files.entries()) {
    if (ref !== undefined && seen.has(ref)) reading.complain(`${at(index)}/ref`, 'another source has this ref')
    if (ref !== undefined) seen.add(ref)
    for (const [position, file] of (helm?.valueFiles ?? []).entries()) {
      const name = /^\$([^/]*)\//.exec(file)?.[1]
      if (name !== undefined && !refs.has(name))
        reading.complain(`${at(index)}/helm/valueFiles/${position}`, `no source has the ref ${JSON.stringify(name)}`)
    }
  }
  return files.map((source, index) => readSource(source, at(index), reading))
}

function readSource(source: SourceFile, pointer: string, reading: Reading): SourceSettings {
  const types = TYPES.filter((type) => source[type] !== undefined)
  if (source.jsonnet !== undefined && types.length === 0) types.push('directory')
  if (types.length > 1) reading.complain(pointer, `${types.join(' and ')} exclude each other`)
  if (source.jsonnet !== undefined && types[0] !== 'directory')
    reading.complain(`${pointer}/jsonnet`, `jsonnet and ${types.join(' and ')} exclude each other`)
  if (source.jsonnet !== undefined && source.directory?.jsonnet !== undefined)
    reading.complain(`${pointer}/jsonnet`, 'jsonnet is given twice: here and below directory')
  for (const name of ['include', 'exclude'] as const) {
    const glob = source.directory?.[name]
    // Argo CD takes one that it cannot read for one that matches nothing.
    if (glob !== undefined && gobwasGlob(glob) === undefined)
      reading.complain(`${pointer}/directory/${name}`, `${JSON.stringify(glob)} is no glob`)
  }
  const [type] = types
  const jsonnet = source.directory?.jsonnet ?? source.jsonnet
  return {
    repository: readRepositoryUrl(source.repository, `${pointer}/repository`, reading),
    revision: source.revision ?? 'HEAD',
    path: readPath(source, `${pointer}/path`, reading),
    ...(source.ref !== undefined && { ref: source.ref }),
    ...(type !== undefined && { type }),
    directory: { ...source.directory, ...(jsonnet !== undefined && { jsonnet }) },
    kustomize: source.kustomize ?? {},
    helm: source.helm ?? {},
  }
}

function readPath(source: SourceFile, pointer: string, reading: Reading): string {
  // A source with `ref` alone only lends its files, as in Argo CD.
  const path = source.path ?? (source.ref === undefined ? '.' : '')
  if (path.startsWith('/')) reading.complain(pointer, 'the path starts at the root of the repository, without "/"')
  if (path.split('/').includes('..')) reading.complain(pointer, 'the path must not leave the repository')
  return path
}
