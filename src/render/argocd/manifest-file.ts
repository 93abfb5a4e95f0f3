import { parseJson } from '../../kubernetes/serialization/json.ts'
import { type YamlDocument, yamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import { jsonValues } from './json-stream.ts'
import type { RawObject, SourceContext } from './source-context.ts'
import { decodeText } from './text-file.ts'

/** Files that contain it are skipped. */
export const SKIP_MARKER = '+argocd:skip-file-rendering'
const OBJECT_MARKERS = ['apiVersion:', 'kind:', 'metadata:']
/** So far Kubernetes' decoder looks for what a stream begins with. */
const GUESSED_LENGTH = 4096
/** A file of another kind is no manifest; too large or kept by Git LFS is another matter. */
const UNREADABLE = ['GDE_RENDER_YAML', 'GDE_RENDER_OBJECT']

type FileContext = Pick<SourceContext, 'documentBytes' | 'warn'>

/**
 * The objects of a manifest file as Argo CD's repo server reads it (getObjsFromYAMLOrJSON). `.json` holds one value. Of anything
 * else an error after a good document is an error of the app, and so is a broken file that looks like a manifest; any other is
 * somebody else's file, which is left out with a warning.
 * @throws CodedError `GDE_RENDER_YAML` and `GDE_RENDER_OBJECT` with file and line, `GDE_TOO_LARGE`, `GDE_GIT_UNSUPPORTED`
 */
export function manifestObjects(context: FileContext, bytes: Uint8Array, file: string): readonly RawObject[] {
  if (file.endsWith('.json')) return jsonObject(context, bytes, file)
  const objects: RawObject[] = []
  try {
    const text = decodeText(bytes, file)
    if (text.includes(SKIP_MARKER)) return []
    for (const { value, line, warnings } of documents(text, file, context.documentBytes)) {
      if (value === null) continue
      if (!hasKind(value)) throw new CodedError('GDE_RENDER_OBJECT', 'the document has no kind', { file, line })
      for (const warning of warnings)
        context.warn({ code: 'GDE_RENDER_YAML', file, line: warning.line, message: warning.message })
      objects.push({ value, file, line })
    }
  } catch (error) {
    if (!(error instanceof CodedError) || !UNREADABLE.includes(error.failure.code)) throw error
    if (objects.length > 0 || looksLikeManifest(bytes)) throw error
    const message = `left out: it is no manifest (${error.failure.message})`
    context.warn({ ...error.failure, file, message })
  }
  return objects
}

function jsonObject(context: FileContext, bytes: Uint8Array, file: string): readonly RawObject[] {
  if (bytes.length > context.documentBytes)
    throw new CodedError('GDE_TOO_LARGE', `the file is larger than ${context.documentBytes} bytes`, { file })
  const text = decodeText(bytes, file)
  if (text.includes(SKIP_MARKER)) return []
  const first = jsonValues(text).next()
  // No value can be read, and the parser of the whole says where it is broken.
  const { value, end } = first.done === true ? { value: parseJson(text, { file }), end: text.length } : first.value
  // Go's decoder has more to give unless what follows ends an array or an object.
  const next = text.slice(end).trimStart()
  if (next !== '' && !/^[\]}]/.test(next)) {
    const line = 1 + lineFeeds(text, 0, text.length - next.length)
    throw new CodedError('GDE_RENDER_YAML', 'a file of JSON holds one object, and more follows', { file, line })
  }
  if (!hasKind(value)) throw new CodedError('GDE_RENDER_OBJECT', 'the document has no kind', { file, line: 1 })
  return [{ value, file, line: 1 }]
}

/**
 * A stream of JSON or YAML as Kubernetes' `YAMLOrJSONDecoder` reads it: JSON while that can be read, from there on YAML; never
 * YAML after a second value of JSON.
 */
function* documents(text: string, file: string, limit: number): Generator<YamlDocument> {
  let offset = 0
  let linesBefore = 0
  const advance = (to: number): void => {
    linesBefore += lineFeeds(text, offset, to)
    offset = to
  }
  if (/^\s*\{/.test(text.slice(0, GUESSED_LENGTH))) {
    let count = 0
    for (const { value, start, end } of jsonValues(text)) {
      advance(start)
      const line = linesBefore + 1
      if (Buffer.byteLength(text.slice(start, end)) > limit)
        throw new CodedError('GDE_TOO_LARGE', `a JSON document is larger than ${limit} bytes`, { file, line })
      yield { value, line, warnings: [] }
      count += 1
      advance(end)
    }
    const rest = text.slice(offset)
    if (rest.trim() === '') return
    // Kubernetes' decoder drops white space up to the first line feed before it reads on.
    advance(offset + (/^[^\S\n]*\n?/.exec(rest)?.[0].length ?? 0))
    if (count > 1) throw new CodedError('GDE_RENDER_YAML', 'not JSON', { file, line: linesBefore + 1 })
  }
  const rest = yamlDocuments(text.slice(offset), { file, limits: { bytes: limit } })
  yield* shifted(rest, linesBefore)
}

/** Documents of a text that begins some lines below the top of its file. */
function* shifted(documents: Iterable<YamlDocument>, lines: number): Generator<YamlDocument> {
  try {
    for (const { value, line, warnings } of documents)
      yield {
        value,
        line: line + lines,
        warnings: warnings.map((warning) => ({ ...warning, line: warning.line + lines })),
      }
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.line === undefined) throw error
    const { code, message, line, ...where } = error.failure
    throw new CodedError(code, message, { ...where, line: line + lines })
  }
}

function looksLikeManifest(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return OBJECT_MARKERS.every((marker) => buffer.includes(marker) || buffer.includes(marker, 0, 'utf16le'))
}

function hasKind(value: Json): boolean {
  return isJsonObject(value) && typeof value.kind === 'string' && value.kind !== ''
}

function lineFeeds(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
