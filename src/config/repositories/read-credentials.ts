import type { CredentialHelper, GitCredentials } from '../../model/apps/inventory.ts'
import type { CredentialSettings } from '../../model/settings.ts'
import { addressPrefix } from '../../model/sources/address-start.ts'
import type { ParseContext } from '../parse-context.ts'
import type { ConfigFile, CredentialFile, RepositoryFile } from '../schema.ts'

/** The config's `credentials`. */
export function readCredentials(
  credentials: ConfigFile['credentials'],
  context: ParseContext,
): readonly CredentialSettings[] {
  return (credentials ?? []).map((entry, index) => {
    const pointer = `/credentials/${index}`
    if (!/^(?:[a-z][a-z0-9+.-]*:\/\/[^/*]+\/?|[\w.~+-]+@[^/:@*]+[:/])[^*]*$/i.test(entry.match))
      context.reportIssue(
        `${pointer}/match`,
        'write the start of a URL with the whole host and without a star: credentials are for a host',
      )
    if (/^https?:\/\/[^/]*@/i.test(entry.match))
      context.reportIssue(`${pointer}/match`, 'a URL must not hold a user name or password: use credentials with files')
    return {
      match: addressPrefix(entry.match),
      credentials: readLogin(entry, pointer, context),
      ...(entry.knownHostsFile !== undefined && { knownHostsFile: context.absolute(entry.knownHostsFile) }),
      anyResource: entry.anyResource,
    }
  })
}

type LoginFile = NonNullable<RepositoryFile['credentials']> | CredentialFile

/** Exactly one way to sign in. */
export function readLogin(login: LoginFile | undefined, pointer: string, context: ParseContext): GitCredentials {
  if (login === undefined) return { type: 'none' }
  const { username, usernameFile, passwordFile, tokenFile, privateKeyFile, passphraseFile, githubApp, helper } = login
  if (username !== undefined && usernameFile !== undefined)
    context.reportIssue(pointer, 'username and usernameFile exclude each other')
  const isBasic = [username, usernameFile, passwordFile].some((one) => one !== undefined)
  if (tokenFile !== undefined && isBasic)
    context.reportIssue(pointer, 'tokenFile (a bearer token) and username or password exclude each other')
  const others = [tokenFile, privateKeyFile, githubApp, helper].filter((one) => one !== undefined)
  if (others.length > 1 || (others.length === 1 && isBasic && tokenFile === undefined))
    context.reportIssue(pointer, 'give one way to sign in: a password, tokenFile, privateKeyFile, githubApp or helper')
  if (passphraseFile !== undefined && privateKeyFile === undefined)
    context.reportIssue(pointer, 'passphraseFile is of a privateKeyFile, which is not given')
  if (tokenFile !== undefined) return { type: 'bearerFile', tokenFile: context.absolute(tokenFile) }
  if (privateKeyFile !== undefined)
    return {
      type: 'ssh',
      privateKey: { file: context.absolute(privateKeyFile) },
      ...(passphraseFile !== undefined && { passphrase: { file: context.absolute(passphraseFile) } }),
    }
  if (githubApp !== undefined) return readGitHubApp(githubApp, `${pointer}/githubApp`, context)
  if (helper !== undefined) return { type: 'helper', helper: readHelper(helper, context) }
  if (passwordFile === undefined) {
    context.reportIssue(pointer, 'credentials need passwordFile, tokenFile, privateKeyFile, githubApp or helper')
    return { type: 'none' }
  }
  return {
    type: 'basicFiles',
    ...(username !== undefined && { username }),
    ...(usernameFile !== undefined && { usernameFile: context.absolute(usernameFile) }),
    passwordFile: context.absolute(passwordFile),
  }
}

function readGitHubApp(
  { appId, installationId, privateKeyFile, apiUrl }: NonNullable<LoginFile['githubApp']>,
  pointer: string,
  context: ParseContext,
): GitCredentials {
  const url = URL.parse(apiUrl)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    context.reportIssue(`${pointer}/apiUrl`, 'must be an https URL without user name and password')
  return {
    type: 'githubApp',
    appId,
    ...(installationId !== undefined && { installationId }),
    privateKey: { file: context.absolute(privateKeyFile) },
    apiUrl: apiUrl.replace(/\/+$/, ''),
  }
}

function readHelper(
  { command, protocol, useHttpPath, variables }: NonNullable<LoginFile['helper']>,
  context: ParseContext,
): CredentialHelper {
  // The schema sees to it that there is one.
  const [program = '', ...args] = command
  return {
    // A path is relative to the config file; a name is looked up on PATH.
    command: [program.includes('/') ? context.absolute(program) : program, ...args],
    protocol,
    ...(useHttpPath && { useHttpPath }),
    variables,
  }
}
