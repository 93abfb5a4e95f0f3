import type { CredentialHelper } from '../model/apps/inventory.ts'
import { CodedError } from '../model/failure.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { Login } from './login.ts'
import { runProgram } from './run-program.ts'

export interface HelperAnswer {
  readonly login: Login
  /** Unix milliseconds, if the helper says so. */
  readonly expiresAt?: number
}

/** What a helper is asked for: a repository or a registry. */
export interface HelperSubject {
  readonly protocol: string
  /** With its port where it is not the usual one. */
  readonly host: string
  /** Without the slash at its start; git's helpers are told it only where credentials are of one repository. */
  readonly path?: string
}

/**
 * Asks a helper for the credentials of a host, as git does (git-credential(1), gitcredentials(7)) or docker does
 * (docker-credential-helpers). It is not told to store or to erase anything.
 * @throws CodedError `GDE_CREDENTIALS`
 */
export async function askHelper(helper: CredentialHelper, subject: HelperSubject): Promise<HelperAnswer> {
  const { command, protocol, variables } = helper
  const [program] = command
  const input = protocol === 'git' ? gitRequest(subject) : `${subject.host}\n`
  const output = await runProgram({ command: [...command, 'get'], input, variables })
  const answer = protocol === 'git' ? readGitAnswer(output) : readDockerAnswer(output)
  if (answer !== undefined) return answer
  throw new CodedError('GDE_CREDENTIALS', `the credential helper ${program} has no credentials for ${subject.host}`)
}

function gitRequest({ protocol, host, path }: HelperSubject): string {
  const lines = { 'capability[]': 'authtype', protocol, host, ...(path !== undefined && { path }) }
  const written = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`)
  // A line break would be another question.
  if (written.some((line) => /\p{Cc}./u.test(line)))
    throw new CodedError('GDE_NOT_PERMITTED', `${host} has a path that no credential helper is asked for`)
  return `${written.join('')}\n`
}

/** `key=value` lines up to an empty one. */
function readGitAnswer(output: string): HelperAnswer | undefined {
  const fields = new Map<string, string>()
  for (const line of output.split(/\r?\n/)) {
    if (line === '') break
    const equals = line.indexOf('=')
    if (equals > 0) fields.set(line.slice(0, equals), line.slice(equals + 1))
  }
  const seconds = Number(fields.get('password_expiry_utc'))
  const expiry = Number.isSafeInteger(seconds) && seconds > 0 ? { expiresAt: seconds * 1000 } : {}
  const credential = fields.get('credential')
  if (fields.get('authtype')?.toLowerCase() === 'bearer' && credential !== undefined)
    return { login: { type: 'bearer', token: credential }, ...expiry }
  const password = fields.get('password')
  if (password === undefined) return undefined
  return { login: { type: 'basic', username: fields.get('username') ?? 'git', password }, ...expiry }
}

function readDockerAnswer(output: string): HelperAnswer | undefined {
  const answer = parseJson(output)
  if (!isJsonObject(answer) || typeof answer.Secret !== 'string' || answer.Secret === '') return undefined
  const username = typeof answer.Username === 'string' ? answer.Username : ''
  if (username === '<token>') return { login: { type: 'identityToken', token: answer.Secret } }
  return { login: { type: 'basic', username, password: answer.Secret } }
}

/** Undefined where it is none: a parser's error would quote credentials. */
function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
