import { CodedError } from '../../model/failure.ts'

/** By whose rules an archive is unpacked: which names are refused, what becomes of links, whether there is a top folder. */
export type ArchiveReader = 'chart' | 'argocd' | 'flux' | 'artifact'

/** No file system takes longer names or deeper folders than people make. */
const LONGEST_NAME = 255
const LONGEST_PATH = 4096
const DEEPEST = 64

/**
 * The path of an entry in the tree, from its name in the archive.
 * @returns undefined for what stands for the root itself
 * @throws CodedError `GDE_SOURCE_ARCHIVE` for names that the reader refuses
 */
export function entryPath(name: string, reader: ArchiveReader): readonly string[] | undefined {
  const parts = readerParts(name, reader).filter((part) => part !== '' && part !== '.')
  if (parts.length === 0) return undefined
  if (parts.includes('..')) throw refused(name, 'it leads out of the archive')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]|\ufffd/.test(name)) throw refused(name, 'it holds what no name of a file does')
  if (parts.length > DEEPEST || name.length > LONGEST_PATH) throw refused(name, 'it is too long or too deep')
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME)) throw refused(name, 'it is too long')
  return parts
}

function readerParts(name: string, reader: ArchiveReader): readonly string[] {
  switch (reader) {
    case 'chart':
      return chartParts(name)
    case 'flux':
    case 'artifact':
      // fluxcd/pkg/tar: validRelPath
      if (name === '' || name.includes('\\') || name.startsWith('/') || name.includes('../'))
        throw refused(name, 'it is no relative path')
      return name.split('/')
    case 'argocd':
      // argo-cd util/io/files: cleaned, and taken as relative to the root
      return cleaned(name.split('/'))
    default:
      return reader satisfies never
  }
}

/** Helm's pkg/chart/loader/archive: the first part goes, whatever it is; names of Windows are read, and absolute ones refused. */
function chartParts(name: string): readonly string[] {
  const [top = '', ...rest] = name.split(name.includes('\\') ? '\\' : '/')
  if (rest[0] === '' && rest.length > 1) throw refused(name, 'it is absolute')
  if (top === 'Chart.yaml') throw refused(name, 'the files of a chart lie in one folder')
  const parts = cleaned(rest)
  if (/^[a-zA-Z]:$/.test(parts[0] ?? '') && parts.length > 1) throw refused(name, 'it names a drive')
  return parts
}

/** `a/../b` is `b`; what would lead out keeps its `..`. */
function cleaned(parts: readonly string[]): readonly string[] {
  const clean: string[] = []
  for (const part of parts) {
    if (part === '' || part === '.') continue
    if (part === '..' && clean.length > 0 && clean.at(-1) !== '..') clean.pop()
    else clean.push(part)
  }
  return clean
}

/**
 * The target of a symbolic link, from the folder that it lies in, as Argo CD makes it: an absolute one is taken from there, too.
 * @throws CodedError `GDE_SOURCE_ARCHIVE` when it leads out of the archive
 */
export function linkTarget(path: readonly string[], target: string): string {
  const inside = cleaned([...path.slice(0, -1), ...target.split('/')])
  if (target === '' || inside[0] === '..') throw refused(path.join('/'), 'the link leads out of the archive')
  const folder = path.slice(0, -1)
  let common = 0
  while (common < folder.length && folder[common] === inside[common]) common += 1
  return [...folder.slice(common).map(() => '..'), ...inside.slice(common)].join('/') || '.'
}

export function refused(name: string, why: string): CodedError {
  return new CodedError('GDE_SOURCE_ARCHIVE', `"${name.slice(0, 200)}" in the archive is refused: ${why}`)
}
