import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '../../model/failure.ts'
import { errorCode } from '../git-failure.ts'
import { commonDirectory } from '../objects/git-directory.ts'
import { isObjectId } from '../objects/git-object.ts'
import { isListed, type Ref, type RefList } from '../transport/remote.ts'

const DEEPEST_FOLDER = 32
/** A symbolic ref may name a symbolic ref; Git follows five. */
const LONGEST_SYMREF = 5

/**
 * Branches, tags and HEAD of a repository on this machine, as its files have them now.
 * @param extraRefs refs to read beside those, by full name
 * @throws CodedError `GDE_TOO_LARGE`; the system's error when a file cannot be read
 */
export function readLocalRefs(gitDirectory: string, extraRefs: readonly string[], mostRefs: number): RefList {
  const common = commonDirectory(gitDirectory)
  const texts = new Map<string, string>()
  // Loose refs first: Git writes the packed file before it removes them.
  for (const folder of ['refs/heads', 'refs/tags']) readFolder(common, folder, texts, mostRefs)
  for (const name of extraRefs) readInto(common, name, texts)
  readInto(gitDirectory, 'HEAD', texts)
  const packed = readPackedRefs(common)
  const refs = new Map<string, Ref>()
  for (const [name, ref] of packed) if (isListed(name, extraRefs)) refs.set(name, ref)
  for (const name of texts.keys()) {
    const ref = follow(name, texts, packed)
    if (ref === undefined) refs.delete(name)
    else refs.set(name, ref)
  }
  if (refs.size > mostRefs) throw new CodedError('GDE_TOO_LARGE', `the repository has more than ${mostRefs} refs`)
  const headTarget = symrefTarget(texts.get('HEAD') ?? '')
  return {
    refs: new Map([...refs].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ...(headTarget === undefined ? {} : { headTarget }),
  }
}

function follow(name: string, texts: ReadonlyMap<string, string>, packed: ReadonlyMap<string, Ref>): Ref | undefined {
  let current: string | undefined = name
  for (let step = 0; step < LONGEST_SYMREF && current !== undefined; step++) {
    const text = texts.get(current)
    if (text === undefined) return packed.get(current)
    if (isObjectId(text)) return { id: text }
    current = symrefTarget(text)
  }
  return undefined
}

function symrefTarget(text: string): string | undefined {
  return /^ref: *(\S+)/.exec(text)?.[1]
}

function readFolder(root: string, folder: string, texts: Map<string, string>, mostRefs: number): void {
  if (folder.split('/').length > DEEPEST_FOLDER || texts.size > mostRefs) return
  for (const entry of entriesOf(join(root, folder))) {
    const name = `${folder}/${entry.name}`
    if (entry.isDirectory()) readFolder(root, name, texts, mostRefs)
    else if (!entry.name.endsWith('.lock')) readInto(root, name, texts)
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Skips a ref that was removed since the folder was listed. */
function readInto(root: string, name: string, texts: Map<string, string>): void {
  if (name.split('/').includes('..')) return
  try {
    texts.set(name, readFileSync(join(root, name), 'utf8').trim())
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error))) throw error
  }
}

/** `<id> <name>` a line, and `^<id>` below an annotated tag for what it leads to. */
function readPackedRefs(common: string): ReadonlyMap<string, Ref> {
  const refs = new Map<string, Ref>()
  const texts = new Map<string, string>()
  readInto(common, 'packed-refs', texts)
  let last = ''
  for (const line of (texts.get('packed-refs') ?? '').split('\n')) {
    const [id = '', name = ''] = line.split(' ')
    const tagged = refs.get(last)
    if (line.startsWith('^') && tagged !== undefined) refs.set(last, { ...tagged, peeled: line.slice(1).trim() })
    else if (isObjectId(id) && name !== '') {
      refs.set(name, { id })
      last = name
    }
  }
  return refs
}
