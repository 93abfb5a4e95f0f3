import { parse } from 'yaml'
import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'

/** What an index says of one version of a chart, as far as it is of use here. */
export interface IndexEntry {
  readonly urls: readonly string[]
  /** `sha256:…`; undefined when the index has none that can be checked. */
  readonly digest: string | undefined
  /** Unix seconds. */
  readonly created: number | undefined
}

export interface IndexVersion {
  readonly version: string
  /** Parsed when it is needed. @throws what the parser throws */
  entry(): IndexEntry
}

/** Versions of a list that was parsed, YAML or JSON. Entries without a version count as little as they do for Helm. */
export function versionsOfList(list: unknown): readonly IndexVersion[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : []
  return items.flatMap((item) => {
    const fields = readRecord(item)
    const version = textOfVersion(fields.version)
    return version !== '' ? [{ version, entry: () => readEntry(fields) }] : []
  })
}

/** A text that no schema of YAML takes for a number or a date: three parts and more. */
const PLAIN_VERSION = /^v?\d+\.\d+\.[\w.+-]+$/
const QUOTED_VERSION = /^(["'])([\w.+-]+)\1$/

/**
 * Versions of the text of one chart: its name, and below it a sequence in block style. A version is parsed when it is looked at, since a
 * chart may have a hundred thousand.
 * @returns undefined for another form, which the parser has to read as a whole
 */
export async function versionsOfText(
  text: string,
  slice: EventLoopSlice,
): Promise<readonly IndexVersion[] | undefined> {
  const lines = text.split('\n')
  const first = lines.findIndex((line, index) => index > 0 && isContent(line))
  if (first === -1) return []
  const dash = /^( *)- /.exec(lines[first] ?? '')?.[1]?.length
  if (dash === undefined) return undefined
  const versions: IndexVersion[] = []
  for (let start = first; start < lines.length; ) {
    await slice.yieldIfBusy()
    let end = start + 1
    while (end < lines.length && (!isContent(lines[end]) || indentOf(lines[end]) > dash)) end += 1
    const next = lines[end]
    if (next !== undefined && !next.startsWith(`${' '.repeat(dash)}- `)) return undefined
    const item = lines.slice(start, end)
    const version = versionOf(item)
    if (version === undefined) return undefined
    if (version !== '') versions.push({ version, entry: () => readEntry(fieldsOf(item)) })
    start = end
  }
  return versions
}

const VERSION_KEY = /^(?:version|"version"|'version'):(?=\s|$)/

/** @returns '' when the item has none; undefined when it has to be parsed with what stands around it */
function versionOf(item: readonly string[]): string | undefined {
  const column = /^ *- */.exec(item[0] ?? '')?.[0].length ?? 0
  for (const [index, line] of item.entries()) {
    if (index > 0 && indentOf(line) !== column) continue
    const key = VERSION_KEY.exec(line.slice(column))?.[0]
    if (key === undefined) continue
    const written = line.slice(column + key.length).trim()
    if (PLAIN_VERSION.test(written)) return written
    const quoted = QUOTED_VERSION.exec(written)?.[2]
    if (quoted !== undefined) return quoted
    break
  }
  return textOfVersion(fieldsOf(item).version)
}

/** Go's reader makes a text of a number that stands for one. */
function textOfVersion(version: unknown): string {
  return typeof version === 'number' ? String(version) : typeof version === 'string' ? version : ''
}

function fieldsOf(item: readonly string[]): Readonly<Record<string, unknown>> {
  const list: unknown = parse(item.join('\n'), { maxAliasCount: 0 })
  return readRecord(Array.isArray(list) ? list[0] : undefined)
}

function readEntry({ urls, digest, created }: Readonly<Record<string, unknown>>): IndexEntry {
  const hex = typeof digest === 'string' ? /^(?:sha256:)?([0-9a-f]{64})$/.exec(digest)?.[1] : undefined
  const time = Date.parse(created instanceof Date ? created.toISOString() : String(created))
  return {
    urls: Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [],
    digest: hex === undefined ? undefined : `sha256:${hex}`,
    created: Number.isNaN(time) ? undefined : Math.floor(time / 1000),
  }
}

function readRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function isContent(line: string | undefined): boolean {
  return line !== undefined && !/^\s*(?:#|$)/.test(line)
}

function indentOf(line: string | undefined): number {
  return /^ */.exec(line ?? '')?.[0].length ?? 0
}
