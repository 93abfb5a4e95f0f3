import type { ArchiveType, GitCredentials, Problem, RepositorySpec } from '../../../model/apps/inventory.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import type { Failure } from '../../../model/failure.ts'
import { fromFailure } from '../../../model/failure.ts'
import {
  isSameRepository,
  type RefusedUrl,
  RepositoryUrl,
  readRepositoryUrl,
} from '../../../model/sources/repository-url.ts'
import { needsLogin, type RepositoryRules, resolveFromResource } from '../../repositories/declared-repository.ts'
import type { RepositoryConfig } from '../../repositories/repository-spec.ts'
import type { ArgocdSettings } from '../argocd-settings.ts'
import { plainText, SECRET_TYPE_LABEL } from '../secret-data.ts'
import { readSecretLogin, type SecretLogin } from './secret-login.ts'

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
  /** What charts may call it by; '' is nothing. */
  readonly name: string
  readonly login: SecretLogin
}

/** What a repository is fetched with. */
export type ChosenCredentials = Omit<SecretLogin, 'credentials'> & {
  /** '' when no Secret is for it. */
  readonly reference: string
  readonly credentials: GitCredentials
}

/** Undefined when it is no repository Secret. */
export function readRepositorySecret(secret: ConfidentialSecret): RepositorySecret | undefined {
  const scope = secret.labels[SECRET_TYPE_LABEL]
  if (scope !== 'repository' && scope !== 'repo-creds') return undefined
  return {
    reference: `${secret.namespace}/${secret.name}`,
    scope,
    // Argo CD trims it, and a line break at its end is common.
    url: readRepositoryUrl(plainText(secret, 'url').trim()),
    project: plainText(secret, 'project'),
    type: plainText(secret, 'type'),
    name: plainText(secret, 'name'),
    login: readSecretLogin(secret),
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
  if (exact !== undefined && !isNone(exact.login)) return chosen(exact, url)
  const template = longestPrefix(secrets, url, project)
  if (template === undefined) return exact === undefined ? NO_CREDENTIALS : chosen(exact, url)
  const choice = chosen(template, url)
  if ('failure' in choice || exact === undefined) return choice
  // With credentials of a template, the repository's own proxy and TLS settings still apply.
  const { insecureSkipVerify, clientCertificate, proxy } = exact.login
  return {
    ...choice,
    insecureSkipVerify,
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(proxy !== undefined && { proxy }),
  }
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

function chosen(
  { login, reference }: RepositorySecret,
  url: RepositoryUrl,
): ChosenCredentials | { readonly failure: Failure } {
  const { credentials } = login
  if ('code' in credentials) return { failure: { ...credentials, repository: url.shown } }
  return { ...login, reference, credentials }
}

function isNone({ credentials, identity }: SecretLogin): boolean {
  return 'type' in credentials && credentials.type === 'none' && identity === undefined
}

/** What the choice depends on beside URL and project. */
interface RepositoryContext {
  /** Name of the cluster that Argo CD runs in. */
  readonly control: string
  readonly entry: RepositoryRules
  readonly settings: RepositoryConfig
  readonly argocd: Pick<ArgocdSettings, 'knownHosts' | 'certificates'>
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
  { control, entry, settings, argocd, repositories }: RepositoryContext,
  { type, declared = url }: DeclaredAs = {},
): RepositorySpec {
  const kind = type === undefined ? {} : { type }
  // What the config file says comes first: a Secret that cannot be read is nobody's trouble then.
  const chosen = needsLogin(url, settings, type) ? chooseCredentials(repositories, declared, project) : NO_CREDENTIALS
  // Of all Secrets, and of none, the host proves itself by what Argo CD knows of it.
  const ca = url.transport === 'https' ? argocd.certificates[hostOf(url)] : undefined
  const proofs = { ...(ca !== undefined && { ca }), ...(url.transport === 'ssh' && { knownHosts: argocd.knownHosts }) }
  if ('failure' in chosen) {
    const spec = resolveFromResource(
      { url, ...kind, credentials: { type: 'none' }, reference: '', ...proofs },
      entry,
      settings,
    )
    if (spec.fetchUrl !== url.address) return spec
    throw fromFailure(chosen.failure)
  }
  const { reference, ...rest } = chosen
  // Two control clusters may have Secrets of one name.
  return resolveFromResource(
    { url, ...kind, ...rest, ...proofs, reference: reference === '' ? '' : `${control}/${reference}` },
    entry,
    settings,
  )
}

/** As `argocd-tls-certs-cm` names it: without a port. */
function hostOf({ address }: RepositoryUrl): string {
  return new URL(address).hostname
}
