import type { ArchiveType, GitCredentials, Problem, RepositorySpec } from '../../../model/apps/inventory.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import type { Failure } from '../../../model/failure.ts'
import { fromFailure } from '../../../model/failure.ts'
import type { Settings } from '../../../model/settings.ts'
import {
  isSameRepository,
  type RefusedUrl,
  RepositoryUrl,
  readRepositoryUrl,
} from '../../../model/sources/repository-url.ts'
import { needsLogin, type RepositoryRules, resolveFromResource } from '../../repositories/declared-repository.ts'
import { credential, plainText, SECRET_TYPE_LABEL } from '../secret-data.ts'

/** A repository or repo-creds Secret of Argo CD. */
export interface RepositorySecret {
  /** `namespace/name`: names the credentials without holding them. */
  readonly reference: string
  /** `repository` is for one URL, `repo-creds` for all that begin with it. */
  readonly scope: 'repository' | 'repo-creds'
  /** What is read in two ways is for no repository. */
  readonly url: RepositoryUrl | RefusedUrl
  /** '' serves every project. */
  readonly project: string
  /** `git`, `helm` or `oci`; '' is git. */
  readonly type: string
  readonly credentials: GitCredentials | Failure
  readonly insecureSkipVerify: boolean
  readonly proxy?: string
}

/** What a repository is fetched with. */
export interface ChosenCredentials {
  /** '' when no Secret is for it. */
  readonly reference: string
  readonly credentials: GitCredentials
  readonly insecureSkipVerify: boolean
  readonly proxy?: string
}

/** Undefined when it is no repository Secret. */
export function readRepositorySecret(secret: ConfidentialSecret): RepositorySecret | undefined {
  const scope = secret.labels[SECRET_TYPE_LABEL]
  if (scope !== 'repository' && scope !== 'repo-creds') return undefined
  const proxy = credential(secret, 'proxy') === undefined ? undefined : plainText(secret, 'proxy')
  return {
    reference: `${secret.namespace}/${secret.name}`,
    scope,
    // Argo CD trims it, and a line break at its end is common.
    url: readRepositoryUrl(plainText(secret, 'url').trim()),
    project: plainText(secret, 'project'),
    type: plainText(secret, 'type'),
    credentials: readCredentials(secret),
    insecureSkipVerify: plainText(secret, 'insecure') === 'true',
    ...(proxy !== undefined && { proxy }),
  }
}

/** What is wrong with Secrets that are for no repository, since not everybody reads their URL alike. */
export function repositorySecretProblems(secrets: readonly RepositorySecret[], control: string): readonly Problem[] {
  return secrets.flatMap(({ reference, url }) => {
    if (url instanceof RepositoryUrl) return []
    const message = `the url of the Secret, ${url.shown}, ${url.ambiguity}; the Secret is used for no repository`
    return [
      { subject: `repository Secret ${reference} in ${control}`, failure: { code: 'GDE_ARGOCD_INVALID', message } },
    ]
  })
}

/** In Argo CD's order (Repository.GetGitCreds): a password or token first, then what needs more than HTTP. */
function readCredentials(secret: ConfidentialSecret): GitCredentials | Failure {
  const password = credential(secret, 'password')
  const token = credential(secret, 'bearerToken')
  if (credential(secret, 'tlsClientCertData') !== undefined) return unsupported(secret, 'TLS client certificates')
  if (token !== undefined && (password === undefined || plainText(secret, 'forceHttpBasicAuth') !== 'true'))
    return { type: 'bearer', token }
  // GitHub and others take any name beside a token; Argo CD sends one of its own to Git servers.
  if (password !== undefined)
    return { type: 'basic', username: plainText(secret, 'username') || anyUser(secret), password }
  if (credential(secret, 'sshPrivateKey') !== undefined) return unsupported(secret, 'SSH keys')
  if (credential(secret, 'githubAppPrivateKey') !== undefined) return unsupported(secret, 'GitHub Apps')
  if (credential(secret, 'gcpServiceAccountKey') !== undefined)
    return unsupported(secret, 'Google Cloud service accounts')
  const azure = credential(secret, 'azureServicePrincipalClientSecret') !== undefined
  if (azure || plainText(secret, 'useAzureWorkloadIdentity') === 'true') return unsupported(secret, 'Azure identities')
  return { type: 'none' }
}

/** Registries and Helm repositories get the name that is written. */
function anyUser(secret: ConfidentialSecret): string {
  return ['helm', 'oci'].includes(plainText(secret, 'type')) ? '' : 'x-access-token'
}

function unsupported(secret: ConfidentialSecret, what: string): Failure {
  const message = `the Secret ${secret.namespace}/${secret.name} has ${what}, which are not supported`
  return { code: 'GDE_UNSUPPORTED_CREDENTIALS', message }
}

/**
 * Credentials for a repository as Argo CD chooses them: the Secret of just this URL, first that of the project, then one without a
 * project; where it has no credentials, the repo-creds Secret whose URL is the longest prefix. Credentials are for the scheme,
 * host and port of their Secret's URL: to Argo CD `https://git.example.com` is a prefix of `https://git.example.com.evil.org` too.
 */
export function chooseCredentials(
  secrets: readonly RepositorySecret[],
  url: RepositoryUrl,
  project: string,
): ChosenCredentials | { readonly failure: Failure } {
  const exact = exactSecret(secrets, url, project)
  if (exact !== undefined && !isNone(exact.credentials)) return chosen(exact, url)
  const template = longestPrefix(secrets, url, project)
  if (template === undefined) return exact === undefined ? NO_CREDENTIALS : chosen(exact, url)
  const choice = chosen(template, url)
  if ('failure' in choice || exact === undefined) return choice
  // With credentials of a template, the repository's own proxy and TLS settings still apply.
  const proxy = exact.proxy ?? choice.proxy
  return { ...choice, insecureSkipVerify: exact.insecureSkipVerify, ...(proxy !== undefined && { proxy }) }
}

const NO_CREDENTIALS: ChosenCredentials = { reference: '', credentials: { type: 'none' }, insecureSkipVerify: false }

function exactSecret(
  secrets: readonly RepositorySecret[],
  url: RepositoryUrl,
  project: string,
): RepositorySecret | undefined {
  const same = secrets.filter(
    (one) =>
      one.scope === 'repository' &&
      one.url instanceof RepositoryUrl &&
      isSameRepository(one.url, url) &&
      one.url.origin === url.origin,
  )
  return same.find((one) => one.project === project) ?? same.find((one) => one.project === '')
}

function longestPrefix(
  secrets: readonly RepositorySecret[],
  url: RepositoryUrl,
  project: string,
): RepositorySecret | undefined {
  const usable = secrets.flatMap((secret) => {
    const { scope, url: start } = secret
    const isUsable = scope === 'repo-creds' && (secret.project === '' || secret.project === project)
    if (!isUsable || !(start instanceof RepositoryUrl) || start.key === '') return []
    return url.key.startsWith(start.key) && start.origin === url.origin ? { secret, length: start.key.length } : []
  })
  return usable.toSorted((one, other) => other.length - one.length)[0]?.secret
}

function chosen(secret: RepositorySecret, url: RepositoryUrl): ChosenCredentials | { readonly failure: Failure } {
  const { credentials, reference, insecureSkipVerify, proxy } = secret
  if ('code' in credentials) return { failure: { ...credentials, repository: url.shown } }
  return { reference, credentials, insecureSkipVerify, ...(proxy !== undefined && { proxy }) }
}

function isNone(credentials: GitCredentials | Failure): boolean {
  return 'type' in credentials && credentials.type === 'none'
}

/** What the choice depends on beside URL and project. */
interface RepositoryContext {
  /** Name of the cluster that Argo CD runs in. */
  readonly control: string
  readonly entry: RepositoryRules
  readonly settings: Pick<Settings, 'repositories' | 'rewrites'>
  readonly repositories: readonly RepositorySecret[]
}

/** What is resolved beside the URL. */
export interface DeclaredAs {
  /** Absent is Git. */
  readonly type?: ArchiveType | undefined
  /** The URL by which Secrets are found, where it is not the one that is fetched: a registry without its chart. */
  readonly declared?: RepositoryUrl | undefined
}

/**
 * Resolves a repository for a project: with the credentials that Argo CD chooses, by the rules of the config file.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function resolveDeclaredRepository(
  url: RepositoryUrl,
  project: string,
  { control, entry, settings, repositories }: RepositoryContext,
  { type, declared = url }: DeclaredAs = {},
): RepositorySpec {
  const kind = type === undefined ? {} : { type }
  // What the config file says comes first: a Secret that cannot be read is nobody's trouble then.
  const chosen = needsLogin(url, settings, type) ? chooseCredentials(repositories, declared, project) : NO_CREDENTIALS
  if ('failure' in chosen) {
    const spec = resolveFromResource({ url, ...kind, credentials: { type: 'none' }, reference: '' }, entry, settings)
    if (spec.fetchUrl !== url.address) return spec
    throw fromFailure(chosen.failure)
  }
  const { reference, ...rest } = chosen
  // Two control clusters may have Secrets of one name.
  return resolveFromResource(
    { url, ...kind, ...rest, reference: reference === '' ? '' : `${control}/${reference}` },
    entry,
    settings,
  )
}
