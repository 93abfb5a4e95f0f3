/** Names that people usually give to secret values. */
const SECRET_NAME = /passw|passphrase|secret|token|credential|private.?key|api.?key|stringData/i
/** `secretName`, `existingSecret`, `imagePullSecrets[].name`: names of objects, which are not secret. */
const NAME_OF_OBJECT = /(?:name|ref)$|^existing/i
/** What an error has to name, so that somebody can find it. */
const IDENTIFIER =
  /^(?:name|namespace|kind|apiVersions?|kubeVersion|group|version|path|file|files|folder|source|index|repository|repoURL|chart|releaseName|appName|targetRevision)$/
/** Files in which any value may be one of a Secret. */
const SECRET_FILE = /^\s*(?:- )?(?:"?kind"?: *"?Secret\b|secretGenerator:)/m
/** Code that is written to be shown: of it only what goes by the name of a secret is a value. */
const TEMPLATE = /(?:^|\/)templates\/|\.tpl$|(?:^|\/)(?:Chart\.yaml|values\.schema\.json)$|(?:^|\/)crds\//
const JSONNET = /\.(?:jsonnet|libsonnet)$/

/** A word that may stand in any message, so that to hide it would only make messages unreadable. */
const PLAIN_WORD = /^(?:[A-Za-z]?[a-z]*|[\d.]{1,5})$/
/** Where something is that is not there. */
const PLAIN_URL = /^(?:(?:https?|oci|ssh):\/\/[^@\s]+|git@[\w.-]+:[\w./-]+)$/
const SHORTEST = 6
const LONGEST_LINE = 10_000

/** Takes in a value that an error must not quote. `isSecret`: it is most likely one, so it is hidden even if it is a word. */
export type AddValue = (value: string, isSecret: boolean) => void

/** The values in the JSON that a function of the sandbox was called with. */
export function valuesOfInput(value: unknown, add: AddValue, name = '', isSecret = false): void {
  if (typeof value === 'string') {
    if (value.includes('\n')) valuesOfText('', value, add, isSecret)
    else if (isSecret || !IDENTIFIER.test(name))
      addValue(value, add, isSecret || isSecretName(assignedName(value), false))
    return
  }
  if (typeof value !== 'object' || value === null) {
    if (isSecret) addValue(String(value), add, true)
    return
  }
  const isMarked = isSecret || Reflect.get(value, 'secret') === true || isSecretName(nameOf(value), false)
  for (const [key, inner] of Object.entries(value)) {
    if (isMarked && /^(?:name|secret)$/.test(key)) continue
    valuesOfInput(inner, add, Array.isArray(value) ? name : key, isSecretName(key, isMarked))
  }
}

/** As `helm --set` takes it. */
function assignedName(value: string): string {
  return /^([\w.-]+)=/.exec(value)?.[1]?.split('.').at(-1) ?? ''
}

/** A parameter is `{name, value}`. */
function nameOf(value: object): string {
  const name: unknown = 'value' in value && 'name' in value ? value.name : undefined
  return typeof name === 'string' ? (name.split('.').at(-1) ?? '') : ''
}

/**
 * The values in a file, which need not be one that can be parsed: an error may be about that. Whatever stands behind a key, in a list, in
 * a literal `key=value`, or alone on its line.
 */
export function valuesOfText(path: string, text: string, add: AddValue, isSecret = false): void {
  if (JSONNET.test(path)) {
    valuesOfJsonnet(text, add)
    return
  }
  const isCode = TEMPLATE.test(path)
  const addUnlessCode: AddValue = (value, secret) => {
    if (!isCode || secret) add(value, secret)
  }
  const isSecretFile = isSecret || (!isCode && SECRET_FILE.test(text))
  let secretIndent = Number.POSITIVE_INFINITY
  for (const whole of text.split('\n')) {
    const line = whole.slice(0, LONGEST_LINE)
    const indent = line.search(/\S/)
    if (indent === -1) continue
    if (indent <= secretIndent) secretIndent = Number.POSITIVE_INFINITY
    const within = isSecretFile || indent > secretIndent
    if (!within && /^\s*(?:- )?["']?[\w.-]+["']?:\s*(?:[|>][-+\d]*)?$/.test(line) && isSecretName(keyOf(line), false))
      secretIndent = indent
    valuesOfLine(line, addUnlessCode, within)
  }
}

const ENTRY = /^\s*(?:-\s+)*["']?([\w./$-]+)["']?\s*[:=](?!\/\/)\s*(.*)$/

function keyOf(line: string): string {
  return ENTRY.exec(line)?.[1] ?? ''
}

function valuesOfLine(line: string, add: AddValue, within: boolean): void {
  const [, first = '', rest] = ENTRY.exec(line) ?? []
  let isSecret = rest === undefined ? within : isSecretName(first, within)
  const item = line.replace(/^\s*(?:-\s+)*/, '')
  const isFlow = /^[{[]/.test(rest ?? item)
  if (!isFlow && (rest === undefined || !IDENTIFIER.test(first))) addValue(rest ?? item, add, isSecret)
  // Flow mappings and lists, and JSON on one line.
  if (!/[{}[\],]/.test(line)) return
  for (const part of (rest ?? item).split(/[{}[\],]/)) {
    const [, key, value] = ENTRY.exec(part) ?? []
    if (key === undefined) addValue(part, add, isSecret)
    else {
      isSecret = isSecretName(key, within)
      if (!IDENTIFIER.test(key)) addValue(value ?? '', add, isSecret)
    }
  }
}

/** Literals of the code, but for those that are written to be shown. */
function valuesOfJsonnet(text: string, add: AddValue): void {
  for (const line of text.split('\n')) {
    for (const { 0: quoted, index } of line.slice(0, LONGEST_LINE).matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g)) {
      const before = line.slice(Math.max(0, index - 40), index)
      const isShown = /\berror\s*\(?\s*$/.test(before) || (/:\s*$/.test(before) && /\bassert\b/.test(before))
      if (!isShown) addValue(quoted, add, isSecretName(keyOf(before), false))
    }
    if (!/["']/.test(line)) addValue(line, add, false)
  }
}

/** The value as it is, without its quotes, behind a `=`, and the parts of a URL or a list of words. */
function addValue(written: string, add: AddValue, isSecret: boolean): void {
  const value = unquoted(written)
  if (isSecret ? value.length < 3 || /^(?:true|false|null)$/.test(value) : isHarmless(value)) return
  add(value, isSecret)
  if (/^["']/.test(value)) return
  const equals = value.indexOf('=')
  if (equals !== -1) addValue(value.slice(equals + 1), add, isSecret)
  // Of a URL with credentials host and path may be told.
  const credentials = /^\w*:?\/\/([^\s]*)@/.exec(value)?.[1]
  for (const part of (credentials ?? value).split(/[\s:@/?&=;,"'|]+/))
    if (part !== value && !isHarmless(part)) add(part, isSecret && part.length >= SHORTEST)
}

function isHarmless(value: string): boolean {
  return value.length < SHORTEST || PLAIN_WORD.test(value) || PLAIN_URL.test(value)
}

function unquoted(written: string): string {
  const trimmed = written.trim().replace(/,$/, '')
  const quoted = /^"((?:[^"\\]|\\.)*)"|^'((?:[^']|'')*)'/.exec(trimmed)
  if (quoted !== null) return quoted[1] ?? (quoted[2] ?? '').replaceAll("''", "'")
  return trimmed.replace(/\s#.*$/, '').trim()
}

function isSecretName(name: string, within: boolean): boolean {
  return (within || SECRET_NAME.test(name)) && !NAME_OF_OBJECT.test(name)
}
