import { type FileHandle, open } from 'node:fs/promises'
import { parse } from 'yaml'
import { createEventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import type { SourceLimits } from '../limits.ts'
import { type IndexVersion, versionsOfList, versionsOfText } from './index-entry.ts'
import { type IndexScan, JsonIndexScan, type Slice, YamlIndexScan } from './index-scan.ts'

const PIECE_BYTES = 1 << 20
/** An index in another form than tools write is parsed as a whole, which costs a hundred times its size. */
const WHOLE_BYTES = 2 << 20

/** What is said of all versions of one chart: 100,000 of them take 42 MB. */
const CHART_BYTES = 64 << 20

/** An index on disk: only where each chart stands is in memory, and a chart is read when somebody asks for it. */
export interface HelmIndex {
  readonly names: readonly string[]
  /**
   * @returns undefined when there is no such chart
   * @throws CodedError `GDE_SOURCE_INDEX`, `GDE_TOO_LARGE`
   */
  chart(name: string): Promise<readonly IndexVersion[] | undefined>
  close(): Promise<void>
}

/** @throws CodedError `GDE_SOURCE_INDEX` for what is no index; the system's error when it cannot be read */
export async function openHelmIndex(path: string, limits: SourceLimits, signal: AbortSignal): Promise<HelmIndex> {
  const file = await open(path)
  try {
    const form = await formOf(file)
    const charts = form === 'other' ? undefined : await scan(file, form, signal)
    const index = charts === undefined ? await wholeIndex(file) : slicedIndex(file, charts, form, limits)
    if (charts !== undefined && charts.size > limits.indexEntries)
      throw new CodedError('GDE_TOO_LARGE', `the index has more than ${limits.indexEntries} charts`)
    return index
  } catch (error) {
    await file.close()
    throw error
  }
}

type Form = 'yaml' | 'json' | 'other'

async function formOf(file: FileHandle): Promise<Form> {
  const start = (await readSlice(file, { start: 0, end: 512 })).trimStart()
  if (start.startsWith('{')) return 'json'
  return start.startsWith('<') || start.startsWith('\ufeff') ? 'other' : 'yaml'
}

async function scan(
  file: FileHandle,
  form: Form,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Slice> | undefined> {
  const scanning: IndexScan = form === 'json' ? new JsonIndexScan() : new YamlIndexScan()
  const slice = createEventLoopSlice()
  const buffer = Buffer.alloc(PIECE_BYTES)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, at)
    if (bytesRead === 0) return scanning.end()
    signal.throwIfAborted()
    if (!scanning.push(Buffer.from(buffer.subarray(0, bytesRead)))) return undefined
    at += bytesRead
    await slice.yieldIfBusy()
  }
}

function slicedIndex(
  file: FileHandle,
  charts: ReadonlyMap<string, Slice>,
  form: Form,
  limits: SourceLimits,
): HelmIndex {
  return {
    names: [...charts.keys()],
    chart: async (name) => {
      const slice = charts.get(name)
      if (slice === undefined) return undefined
      const text = await readSlice(file, slice)
      const versions = form === 'json' ? jsonVersions(text) : await yamlVersions(text)
      const found = versions ?? (await (await wholeIndex(file)).chart(name))
      if (found !== undefined && found.length > limits.indexEntries)
        throw new CodedError('GDE_TOO_LARGE', `the chart has more than ${limits.indexEntries} versions`)
      return found
    },
    close: () => file.close(),
  }
}

function jsonVersions(text: string): readonly IndexVersion[] | undefined {
  try {
    return versionsOfList(parseJson(text))
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_RENDER_YAML') return undefined
    throw error
  }
}

async function yamlVersions(text: string): Promise<readonly IndexVersion[] | undefined> {
  try {
    return await versionsOfText(text, createEventLoopSlice())
  } catch (error) {
    if (isParseError(error)) return undefined
    throw error
  }
}

/** By the parser alone. */
async function wholeIndex(file: FileHandle): Promise<HelmIndex> {
  const { size } = await file.stat()
  if (size > WHOLE_BYTES)
    throw new CodedError(
      'GDE_SOURCE_INDEX',
      `the index is no YAML in block style and has more than ${WHOLE_BYTES} bytes`,
    )
  let parsed: unknown
  try {
    parsed = parse(await readSlice(file, { start: 0, end: size }), { maxAliasCount: 1000 })
  } catch (error) {
    if (!isParseError(error)) throw error
    throw new CodedError('GDE_SOURCE_INDEX', 'the index is no YAML that can be read', {}, { cause: error })
  }
  const entries = typeof parsed === 'object' && parsed !== null && 'entries' in parsed ? parsed.entries : undefined
  if (entries === undefined || Array.isArray(entries) || typeof entries === 'string')
    throw new CodedError('GDE_SOURCE_INDEX', 'this is no index of a Helm repository: it has no entries')
  const charts = new Map(Object.entries(entries ?? {}))
  return {
    names: [...charts.keys()],
    chart: async (name) => (charts.has(name) ? versionsOfList(charts.get(name)) : undefined),
    close: () => file.close(),
  }
}

export function isParseError(error: unknown): boolean {
  return error instanceof Error && /^(?:YAML|SyntaxError|ReferenceError)/.test(error.name)
}

async function readSlice(file: FileHandle, { start, end }: Slice): Promise<string> {
  if (end - start > CHART_BYTES)
    throw new CodedError('GDE_TOO_LARGE', `one chart takes more than ${CHART_BYTES} bytes of the index`)
  const bytes = Buffer.alloc(end - start)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.toString('utf8', 0, filled)
}
