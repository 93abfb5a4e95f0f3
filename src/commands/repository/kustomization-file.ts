import { posix } from 'node:path'
import { isJsonObject, type Json } from '../../model/json.ts'

/** A kustomization, as far as it says which other files are read by it. */
export interface KustomizationFile {
  readonly file: string
  /** Of its blob. */
  readonly oid: string
  readonly folder: string
  /** It is nothing by itself. */
  readonly isComponent: boolean
  /** It inflates charts, or has generators that may. */
  readonly usesHelm: boolean
  /** Files and folders of the repository that it names. */
  readonly names: readonly string[]
}

/** Lists of paths, and lists of objects with a `path`. */
const PATHS = [
  'resources',
  'bases',
  'components',
  'crds',
  'patchesStrategicMerge',
  'configurations',
  'generators',
  'transformers',
  'validators',
]
const WITH_PATH = ['patches', 'patchesJson6902', 'replacements']

export function readKustomization(file: string, oid: string, value: Json | undefined): KustomizationFile {
  const folder = posix.dirname(file) === '.' ? '' : posix.dirname(file)
  const fields = isJsonObject(value) ? value : {}
  const listOf = (name: string): readonly Json[] => {
    const list = fields[name]
    return Array.isArray(list) ? list : []
  }
  const named = [
    ...PATHS.flatMap(listOf),
    ...WITH_PATH.flatMap(listOf).map((one) => (isJsonObject(one) ? one.path : undefined)),
  ]
  return {
    file,
    oid,
    folder,
    isComponent: fields.kind === 'Component',
    usesHelm: ['helmCharts', 'helmChartInflationGenerator', 'generators'].some((name) => listOf(name).length > 0),
    names: named.flatMap((name) => (typeof name === 'string' ? localPath(folder, name) : [])),
  }
}

/** Nothing where it leads out of the repository, is a URL, or is text and no path. */
function localPath(folder: string, name: string): readonly string[] {
  if (name.includes('\n') || /^[a-z+]+:\/\//.test(name)) return []
  const path = posix.join(folder, name).replace(/\/$/, '')
  return path.startsWith('..') ? [] : [path === '.' ? '' : path]
}

/** Whether what the kustomization makes holds what one of these files declares. */
export function reachesFile(
  start: KustomizationFile,
  all: ReadonlyMap<string, KustomizationFile>,
  files: ReadonlySet<string>,
): boolean {
  const seen = new Set<string>()
  const open = [start]
  for (const one of open) {
    if (seen.has(one.file)) continue
    seen.add(one.file)
    for (const name of one.names) {
      if (files.has(name)) return true
      const next = all.get(name)
      if (next !== undefined) open.push(next)
    }
  }
  return false
}
