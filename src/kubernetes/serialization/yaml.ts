import { Composer, type CST, Document, Lexer, LineCounter, Parser, Scalar, visit } from 'yaml'
import { CodedError, type Where } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import { requireMemory, takeMemory } from './parsing-budget.ts'
import { readByEvents } from './yaml-events.ts'
import { resolvePlain, ScalarError } from './yaml-scalar.ts'
import { type YamlLimits, YamlValueError, yamlValue } from './yaml-value.ts'

export type { YamlLimits } from './yaml-value.ts'

/** Accepted by Kubernetes, but probably a mistake: a duplicate key. */
export interface YamlWarning {
  readonly message: string
  readonly line: number
  readonly column: number
}

export interface YamlDocument {
  readonly value: Json
  /** Of the first value, 1-based. */
  readonly line: number
  readonly warnings: readonly YamlWarning[]
}

export interface ReadYamlOptions {
  /** For error messages. */
  readonly file?: string
  readonly limits?: Partial<YamlLimits>
}

const MEBIBYTE = 1024 * 1024
const LIMITS: YamlLimits = { bytes: 8 * MEBIBYTE, nodes: 1_000_000, aliases: 10_000, depth: 400 }

/** As the Go library's reader has it; tab, line feed, carriage return and NEL are text. */
const CONTROL_CHARACTER = /[^\P{Cc}\t\n\r\u0085]|[\ufffe\uffff]/u

/**
 * Reads a YAML stream as Kubernetes' controllers do: documents end at lines of `---` alone or with a comment, of each only the
 * first value counts, scalars mean what sigs.k8s.io/yaml makes of them. Empty documents are `null`.
 * @throws CodedError `GDE_RENDER_YAML` with line and column, without text of the document, which may hold secrets;
 * `GDE_TOO_LARGE` beyond the limits
 */
export function readYamlDocuments(text: string, options: ReadYamlOptions = {}): readonly YamlDocument[] {
  return [...yamlDocuments(text, options)]
}

/** The same, one document at a time: those before a broken one are given before it throws. */
export function* yamlDocuments(text: string, options: ReadYamlOptions = {}): Generator<YamlDocument> {
  const limits = { ...LIMITS, ...options.limits }
  const where: Where = options.file === undefined ? {} : { file: options.file }
  for (const part of splitDocuments(text.startsWith('\ufeff') ? text.slice(1) : text, where)) {
    refuseControlCharacters(part, where)
    yield documentByEvents(part, limits, where) ?? readDocument(part, limits, where)
  }
}

function refuseControlCharacters({ text, offset }: DocumentText, where: Where): void {
  const control = CONTROL_CHARACTER.exec(text)
  if (control === null) return
  const before = text.slice(0, control.index).split('\n')
  const position = { line: offset + before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  throw new CodedError('GDE_RENDER_YAML', 'control characters are not allowed', { ...where, ...position })
}

interface DocumentText {
  readonly text: string
  /** Lines before it. */
  readonly offset: number
}

function* splitDocuments(text: string, where: Where): Generator<DocumentText> {
  const lines = text.split('\n')
  let start = 0
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('---')) continue
    const rest = line.slice(3).trim()
    if (rest !== '' && !rest.startsWith('#'))
      throw new CodedError('GDE_RENDER_YAML', 'only a comment may follow the document separator', {
        ...where,
        line: index + 1,
        column: 4,
      })
    if (index > start) yield { text: `${lines.slice(start, index).join('\n')}\n`, offset: start }
    start = index + 1
  }
  const last = lines.slice(start).join('\n')
  // The reader of the API machinery ends every line, the last one too: a block scalar there has its line feed.
  if (last !== '') yield { text: last.endsWith('\n') ? last : `${last}\n`, offset: start }
}

/** Of the usual kind, and so small that its events need not be counted while they come. */
const EVENTS_LENGTH = 256 * 1024
/** At most, for a character: a list of single letters has an event for two of them. */
const EVENTS_BYTES = 64
/** What stays of a value, beside its text. */
const NODE_BYTES = 64

function documentByEvents(part: DocumentText, limits: YamlLimits, where: Where): YamlDocument | undefined {
  const { length } = part.text
  if (length > EVENTS_LENGTH || Buffer.byteLength(part.text) > limits.bytes) return undefined
  requireMemory(length * EVENTS_BYTES, { ...where, line: part.offset + 1 })
  const found = readByEvents(part.text)
  if (found === undefined || found.nodes > limits.nodes || found.aliases > limits.aliases) return undefined
  takeMemory(length + found.events * NODE_BYTES)
  return { value: found.value, line: part.offset + found.line, warnings: [] }
}

function readDocument(part: DocumentText, limits: YamlLimits, where: Where): YamlDocument {
  if (Buffer.byteLength(part.text) > limits.bytes) {
    const message = `a YAML document is larger than ${limits.bytes} bytes`
    throw new CodedError('GDE_TOO_LARGE', message, { ...where, line: part.offset + 1 })
  }
  const lines = new LineCounter()
  const at = (offset: number): { readonly line: number; readonly column: number } => {
    const position = lines.linePos(offset)
    return { line: position.line + part.offset, column: position.col }
  }
  try {
    const document = parseFirst(part.text, lines, { ...where, line: part.offset + 1 })
    const error = document?.errors[0]
    // The parser recurses and reports the end of its stack as an error of the document.
    if (error?.code === 'RESOURCE_EXHAUSTION') throw new YamlValueError('nested too deep', error.pos[0], true)
    if (error !== undefined)
      throw new CodedError('GDE_RENDER_YAML', withoutQuote(error.message), { ...where, ...at(error.pos[0]) })
    const warnings: YamlWarning[] = []
    const root = document?.contents ?? null
    const value = yamlValue(root, limits, (key, offset) => {
      warnings.push({ message: `the key ${JSON.stringify(key)} is there twice; the last one counts`, ...at(offset) })
    })
    return { value, line: at(root?.range?.[0] ?? 0).line, warnings }
  } catch (error) {
    if (error instanceof YamlValueError) {
      const code = error.tooLarge ? 'GDE_TOO_LARGE' : 'GDE_RENDER_YAML'
      throw new CodedError(code, error.message, { ...where, ...at(error.offset) })
    }
    if (error instanceof RangeError) throw new CodedError('GDE_TOO_LARGE', 'nested too deep', where, { cause: error })
    throw error
  }
}

/** The parser quotes behind a colon what it does not understand, which may be a value of a Secret: the position says as much. */
function withoutQuote(message: string): string {
  return message.replace(/(?::| escape sequence) .*$/s, '').replace(/ ["'`\\].*$/s, '')
}

/** What the parser takes for a token of the text until the document is read, and more for `[` and `{`: measured with yaml 2.9. */
const TOKEN_BYTES = 200
const COLLECTION_BYTES = 600
/** Of which this stays, in the values: a list without items, three tokens, takes 43 bytes. */
const VALUE_BYTES = 16

/** Scalars are left as text (failsafe), what they mean is decided in yaml-scalar.ts. */
function parseFirst(text: string, lineCounter: LineCounter, where: Where): Document.Parsed | undefined {
  const composer = new Composer({ schema: 'failsafe', strict: false, uniqueKeys: false, logLevel: 'silent' })
  const [first] = [...composer.compose(syntaxTokens(text, lineCounter, where))]
  return first
}

/** The document as the parser sees it. It takes a hundred times the memory of its text, which is counted while it grows. */
function* syntaxTokens(text: string, lines: LineCounter, where: Where): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  let tokens = 0
  let bytes = text.length
  for (const lexeme of new Lexer().lex(text)) {
    tokens += 1
    bytes += lexeme === '[' || lexeme === '{' ? TOKEN_BYTES + COLLECTION_BYTES : TOKEN_BYTES
    if (tokens % 256 === 0) requireMemory(bytes, where)
    yield* parser.next(lexeme)
  }
  yield* parser.end()
  requireMemory(bytes, where)
  takeMemory(text.length + tokens * VALUE_BYTES)
}

/**
 * Writes one value as YAML that Kubernetes' library reads back to the same: keys sorted, and text quoted that would be something
 * else plain.
 */
export function printYaml(value: Json): string {
  const document = new Document(value, { schema: 'core', aliasDuplicateObjects: false, sortMapEntries: true })
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && !staysText(node.value)) node.type = Scalar.QUOTE_DOUBLE
      // Its digits alone would be read as an integer that is a little another one.
      if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) node.format = 'EXP'
    },
  })
  return document
    .toString({ lineWidth: 0, indentSeq: false })
    .replaceAll(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * Only double quotes can hold them, escaped: line ends and spaces of YAML 1.1 that JavaScript's or YAML 1.2's are not, what a terminal would
 * obey, and what turns text around.
 */
const ESCAPED = /[\u007f-\u00a0\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

function staysText(text: string): boolean {
  try {
    return text !== '<<' && text.search(ESCAPED) === -1 && resolvePlain(text) === text
  } catch (error) {
    if (error instanceof ScalarError) return false
    throw error
  }
}
