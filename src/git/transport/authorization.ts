import { open } from 'node:fs/promises'
import { CodedError } from '../../model/failure.ts'
import type { GitCredentials } from '../../model/inventory.ts'
import { errorCode } from '../git-failure.ts'

/** Tokens are short; what is longer is another file. */
const LARGEST_FILE = 64 << 10

/**
 * The `Authorization` header of a repository, made anew for each use, so that rotated files work at once.
 * @throws CodedError `GDE_GIT_AUTH` when a file cannot be read, or holds what no header can
 */
export async function authorizationOf(credentials: GitCredentials): Promise<string | undefined> {
  switch (credentials.type) {
    case 'none':
      return undefined
    case 'basic':
      return basic(credentials.username, credentials.password.reveal())
    case 'bearer':
      return bearer(credentials.token.reveal())
    case 'basicFiles': {
      const { username, usernameFile, passwordFile } = credentials
      // GitHub, GitLab, Gitea and Bitbucket take a token as the password of any user.
      const user = username ?? (usernameFile === undefined ? 'git' : await readSecretFile(usernameFile))
      return basic(user, await readSecretFile(passwordFile))
    }
    case 'bearerFile':
      return bearer(await readSecretFile(credentials.tokenFile))
    default:
      return credentials satisfies never
  }
}

/** Whether they say the same; what files hold is read at each use and does not count. */
export function sameCredentials(a: GitCredentials, b: GitCredentials): boolean {
  return JSON.stringify(a) === JSON.stringify(b) && inlineSecret(a) === inlineSecret(b)
}

function inlineSecret(credentials: GitCredentials): string | undefined {
  if (credentials.type === 'basic') return credentials.password.reveal()
  return credentials.type === 'bearer' ? credentials.token.reveal() : undefined
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function bearer(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new CodedError('GDE_GIT_AUTH', 'the token holds what no HTTP header can')
  return `Bearer ${token}`
}

async function readSecretFile(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const bytes = Buffer.alloc(LARGEST_FILE)
    const { bytesRead } = await file.read(bytes, 0, LARGEST_FILE, 0)
    return bytes.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '')
  } catch (error) {
    throw new CodedError('GDE_GIT_AUTH', `the credentials file cannot be read: ${errorCode(error)}`, { file: path })
  }
}
