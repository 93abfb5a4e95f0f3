import { decodedView } from '../model/secrets/decoded-view.ts'
import { HIDDEN, SecretIndex } from '../model/secrets/secret-index.ts'
import type { SandboxFiles } from '../model/sources/sandbox.ts'
import { valuesOfInput, valuesOfText } from './input-values.ts'

/** Upstream quotes its input, whatever its length; what is beyond is not even looked at. */
const LONGEST_QUOTE = 64 << 10
/** Of what was read: an app that is larger is told without what its error says. */
const MOST_BYTES = 64 << 20
const GRAM = 6

/** What a call reads and asks for. */
export interface RecordedFiles {
  readonly files: SandboxFiles
  readonly texts: ReadonlyMap<string, Uint8Array>
  /** Every path that was asked for, and the names in folders. */
  readonly paths: ReadonlySet<string>
  /** Why things that lie elsewhere cannot be had: words of this program, without what is secret. */
  readonly reasons: ReadonlySet<string>
}

export function recordFiles(files: SandboxFiles): RecordedFiles {
  const texts = new Map<string, Uint8Array>()
  const paths = new Set<string>()
  const reasons = new Set<string>()
  return {
    texts,
    paths,
    reasons,
    files: {
      list(source, path) {
        const entries = files.list(source, path)
        for (const { name } of entries ?? []) paths.add(path === '' ? name : `${path}/${name}`)
        return entries
      },
      read(source, path) {
        const bytes = files.read(source, path)
        paths.add(path)
        if (bytes !== undefined) texts.set(`${source}/${path}`, bytes)
        return bytes
      },
      resolve(source, path) {
        paths.add(path)
        return files.resolve(source, path)
      },
      remote(need) {
        const answer = files.remote?.(need)
        if (typeof answer === 'object') reasons.add(answer.message)
        return answer
      },
    },
  }
}

/**
 * An error of upstream's code without the values that it quotes. It may quote whatever it was given: literals of a generator, a patch, a
 * variable, a value of a chart. What it names (files, objects, keys) stays, and so does what it says itself.
 */
export function withoutQuotes(message: string, input: Uint8Array, { texts, paths, reasons }: RecordedFiles): string {
  const said = message.slice(0, LONGEST_QUOTE).replace(CUT_QUOTE, '$1')
  const size = [...texts.values()].reduce((sum, { length }) => sum + length, input.length)
  if (size > MOST_BYTES) return HIDDEN
  const grams = gramsOf(said)
  const index = new SecretIndex()
  const add = (value: string, isSecret: boolean): void => {
    // All others are only looked for as they are.
    if (isSecret || grams.has(value.slice(0, GRAM))) index.add(value)
  }
  valuesOfInput(JSON.parse(Buffer.from(input).toString('utf8')), add)
  for (const [name, bytes] of texts)
    valuesOfText(name.slice(name.indexOf('/') + 1), Buffer.from(bytes).toString('utf8'), add)
  const kept = [...reasons].filter((reason) => said.includes(reason)).slice(0, MOST_NAMES)
  return splitAtNames(said, kept, (text) => keepingNames(text, paths, (part) => index.hide(part)))
}

/** go-yaml quotes seven characters of a value of the wrong type, which is enough of a short one. */
const CUT_QUOTE = /(cannot unmarshal !!\w+) `[^`]*`/g

function gramsOf(message: string): ReadonlySet<string> {
  const grams = new Set<string>()
  for (const text of [message, decodedView(message)?.text ?? ''])
    for (let at = 0; at + GRAM <= text.length; at += 1) grams.add(text.slice(at, at + GRAM))
  return grams
}

/** Names of files are no quotes, though a part of one may be a value, too. */
function keepingNames(message: string, paths: ReadonlySet<string>, hide: (text: string) => string): string {
  const names = new Set<string>()
  for (const path of paths) {
    if (!PATH.test(path)) continue
    // Upstream names them from whatever folder it is in.
    for (let rest = path; rest.length >= GRAM; rest = rest.slice(rest.indexOf('/') + 1)) {
      if (message.includes(rest)) names.add(rest)
      if (!rest.includes('/')) break
    }
  }
  // The longest first: a folder is a part of its files.
  const [name, ...others] = [...names].sort((one, two) => two.length - one.length).slice(0, MOST_NAMES)
  return splitAtNames(message, name === undefined ? [] : [name, ...others], hide)
}

const MOST_NAMES = 50
/** What upstream takes for a path may be a whole patch. */
const PATH = /^[\w./@+-]{1,500}$/

function splitAtNames(text: string, [name, ...others]: readonly string[], hide: (text: string) => string): string {
  if (name === undefined) return hide(text)
  return text
    .split(name)
    .map((part) => splitAtNames(part, others, hide))
    .join(name)
}
