import { createHash } from 'node:crypto'
import { printJson } from '../../../kubernetes/serialization/json.ts'
import type { ClusterAccess } from '../../../model/apps/inventory.ts'
import { Confidential } from '../../../model/confidential.ts'
import type { Encrypted } from '../../../model/encrypted.ts'
import { CodedError } from '../../../model/failure.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { ArgocdDiscoverySettings } from '../../../model/settings.ts'
import { urlMatches } from '../../repositories/trusted-url.ts'
import type { ArgocdClusterAccess, ArgocdClusterLogin } from './cluster-secret.ts'

export interface ClusterAccessOptions {
  readonly settings: Pick<ArgocdDiscoverySettings, 'trustedUrls' | 'allowedExecCommands' | 'allowedExecVariables'>
  readonly encrypt: (value: Confidential) => Encrypted
  /** A project's own Secret may be written by its members, who shall not run programs here. */
  readonly isScoped: boolean
}

type Allowed = NonNullable<Extract<ClusterAccess, { type: 'kubeconfigText' }>['allows']>[number]
type Exec = Extract<ArgocdClusterLogin, { type: 'exec' }>

/** What Argo CD runs for `awsAuthConfig`, and how its programs print credentials where the Secret does not say. */
const AWS_COMMAND = 'argocd-k8s-auth'
const EXEC_VERSION = 'client.authentication.k8s.io/v1beta1'

/**
 * How a cluster Secret's cluster is reached: a kubeconfig that says the same, with what the config file allows.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_CREDENTIALS`
 */
export function clusterAccess(access: ArgocdClusterAccess, options: ClusterAccessOptions): ClusterAccess {
  const { trustedUrls } = options.settings
  const allows: Allowed[] = []
  if (urlMatches(access.server, trustedUrls)) allows.push('anyAddress')
  if (access.proxyUrl !== undefined) {
    if (!urlMatches(access.proxyUrl, trustedUrls))
      throw new CodedError('GDE_NOT_PERMITTED', 'config.proxyUrl matches none of trustedUrls')
    allows.push('proxy')
  }
  const login = access.login.type === 'aws' ? awsLogin(access.login, options) : access.login
  if (login.type === 'exec') {
    authorizeExec(login, options)
    allows.push('exec')
  }
  const kubeconfig = new Confidential(printJson(kubeconfigOf(access, login)))
  // Equal texts have equal ciphertexts, so the hash serves as a version.
  const version = createHash('sha256').update(options.encrypt(kubeconfig)).digest('hex').slice(0, 16)
  return { type: 'kubeconfigText', kubeconfig, version, ...(allows.length > 0 && { allows }) }
}

function awsLogin(
  { clusterName, roleArn, profile }: Extract<ArgocdClusterLogin, { type: 'aws' }>,
  { settings }: ClusterAccessOptions,
): Exec {
  if (!settings.allowedExecCommands.includes(AWS_COMMAND))
    throw new CodedError(
      'GDE_UNSUPPORTED_CREDENTIALS',
      `config.awsAuthConfig is signed in by the program ${AWS_COMMAND}, which allowedExecCommands does not list`,
    )
  const role = roleArn === '' ? [] : ['--role-arn', roleArn]
  const args = ['aws', '--cluster-name', clusterName, ...role, ...(profile === '' ? [] : ['--profile', profile])]
  return { type: 'exec', command: AWS_COMMAND, args, env: {}, apiVersion: EXEC_VERSION, provideClusterInfo: false }
}

function authorizeExec({ command, env }: Exec, { settings, isScoped }: ClusterAccessOptions): void {
  if (isScoped)
    throw new CodedError('GDE_NOT_PERMITTED', 'a cluster Secret that belongs to a project may not run a program')
  if (!settings.allowedExecCommands.includes(command))
    throw new CodedError(
      'GDE_NOT_PERMITTED',
      `the program ${JSON.stringify(command)} of config.execProviderConfig is not one of allowedExecCommands`,
    )
  // No list of bad ones is whole: shells, linkers and interpreters read variables of any name, `BASH_FUNC_cat%%` among them.
  const other = Object.keys(env).find((name) => !settings.allowedExecVariables.includes(name))
  if (other !== undefined)
    throw new CodedError(
      'GDE_NOT_PERMITTED',
      `config.execProviderConfig.env sets ${JSON.stringify(other)}, which allowedExecVariables does not list`,
    )
}

function kubeconfigOf(access: ArgocdClusterAccess, login: Exclude<ArgocdClusterLogin, { type: 'aws' }>): JsonObject {
  const { server, certificateAuthority, serverName, insecureSkipVerify, proxyUrl } = access
  const cluster: JsonObject = {
    server,
    ...(certificateAuthority !== undefined && { 'certificate-authority-data': base64(certificateAuthority) }),
    ...(serverName !== undefined && { 'tls-server-name': serverName }),
    ...(insecureSkipVerify && { 'insecure-skip-tls-verify': true }),
    ...(proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
  }
  const name = 'argocd'
  return {
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster }],
    users: [{ name, user: userOf(login) }],
  }
}

function userOf(login: Exclude<ArgocdClusterLogin, { type: 'aws' }>): JsonObject {
  switch (login.type) {
    case 'none':
      return {}
    case 'bearer':
      return { token: login.token.reveal() }
    case 'basic':
      return { username: login.username, password: login.password.reveal() }
    case 'certificate':
      return {
        'client-certificate-data': base64(login.certificate),
        'client-key-data': base64(login.key.reveal()),
      }
    case 'exec':
      return {
        exec: {
          apiVersion: login.apiVersion || EXEC_VERSION,
          command: login.command,
          args: login.args,
          env: Object.entries(login.env).map(([variable, value]) => ({ name: variable, value: value.reveal() })),
          provideClusterInfo: login.provideClusterInfo,
        },
      }
    default:
      return login satisfies never
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
