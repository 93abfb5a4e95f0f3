import { open } from 'node:fs/promises'
import type { GitCredentials } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { hideWhileUsed } from '../../model/secrets/outgoing-text.ts'
import { errorCode } from '../git-failure.ts'

/** Tokens are short: a longer file is not one. */
const LARGEST_FILE = 64 << 10

/**
 * The `Authorization` header of a repository, which no text shows from now on: servers repeat it in their errors. Files are read at each
 * use, so that rotated credentials work at once.
 * @throws CodedError `GDE_GIT_AUTH` when a file cannot be read, or holds what no header can
 */
export async function authorizationOf(credentials: GitCredentials): Promise<string | undefined> {
  const header = await headerOf(credentials)
  if (header !== undefined) hideWhileUsed(credentials, header)
  return header
}

async function headerOf(credentials: GitCredentials): Promise<string | undefined> {
  switch (credentials.type) {
    case 'none':
      return undefined
    case 'basic':
      return basicHeader(credentials.username, credentials.password.reveal())
    case 'bearer':
      return bearerHeader(credentials.token.reveal())
    case 'basicFiles': {
      const { username, usernameFile, passwordFile } = credentials
      // GitHub, GitLab, Gitea and Bitbucket take a token as the password of any user.
      const user = username ?? (usernameFile === undefined ? 'git' : await readSecretFile(usernameFile))
      return basicHeader(user, await readSecretFile(passwordFile))
    }
    case 'bearerFile':
      return bearerHeader(await readSecretFile(credentials.tokenFile))
    default:
      return credentials satisfies never
  }
}

/** Whether both are equal. The content of files is not compared: it is read at each use. */
export function sameCredentials(a: GitCredentials, b: GitCredentials): boolean {
  return JSON.stringify(a) === JSON.stringify(b) && inlineSecret(a) === inlineSecret(b)
}

function inlineSecret(credentials: GitCredentials): string | undefined {
  if (credentials.type === 'basic') return credentials.password.reveal()
  return credentials.type === 'bearer' ? credentials.token.reveal() : undefined
}

function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function bearerHeader(token: string): string {
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
