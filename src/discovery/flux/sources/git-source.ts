import type { RepositorySpec } from '../../../model/apps/inventory.ts'
import { CodedError } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { FluxArtifact } from '../../../model/sources/flux.ts'
import { type RepositoryUrl, readRepositoryUrl, requireRepositoryUrl } from '../../../model/sources/repository-url.ts'
import type { Source } from '../../../model/sources/source.ts'
import {
  type Fields,
  fieldsOf,
  readObject,
  readObjects,
  readOptionalFlag,
  readOptionalText,
  readText,
  readTexts,
} from '../../fields/fields.ts'
import { goDurationSeconds } from '../../fields/go-duration.ts'
import { type DeclaredRepository, needsLogin, resolveFromResource } from '../../repositories/declared-repository.ts'
import { type FluxContext, requireFound } from '../flux-context.ts'
import { CLOUDS, providerOf, proxyOf, secretOf } from './declared-login.ts'
import { gitCredentials } from './git-credentials.ts'

/** One repository that an app needs. */
export interface GitSource extends Pick<Source, 'url' | 'targetRevision' | 'reference'> {
  readonly spec: RepositorySpec
}

export interface GitArtifact {
  readonly artifact: FluxArtifact
  /** The repository itself first, then those that it includes; `FluxArtifact.source` counts in it. */
  readonly sources: readonly GitSource[]
  /** How often the controller looks for commits. */
  readonly intervalSeconds: number | undefined
}

/** Includes of includes: Flux knows no limit, but no sane fleet comes near. */
const MAX_INCLUDE_DEPTH = 5
const MAX_SOURCES = 50

/**
 * The artifact and the repositories of a GitRepository and of those that it includes.
 * @throws CodedError `GDE_FLUX_REFERENCE`, `GDE_FLUX_INVALID`, `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function gitArtifact(context: FluxContext, namespace: string, name: string): GitArtifact {
  const sources: GitSource[] = []
  const artifact = readArtifact(context, namespace, name, sources, 0)
  const root = context.snapshot.gitRepository(namespace, name)
  const interval = root !== 'absent' && 'found' in root ? readText(specOf(root.found), 'interval') : ''
  return { artifact, sources, intervalSeconds: goDurationSeconds(interval) }
}

function specOf(resource: KubernetesObject): Fields {
  return readObject(fieldsOf(resource, 'GDE_FLUX_INVALID'), 'spec')
}

function readArtifact(
  context: FluxContext,
  namespace: string,
  name: string,
  sources: GitSource[],
  depth: number,
): FluxArtifact {
  const subject = `GitRepository ${namespace}/${name}`
  if (depth > MAX_INCLUDE_DEPTH || sources.length >= MAX_SOURCES)
    throw new CodedError('GDE_FLUX_INVALID', `${subject}: includes lie too deep in one another, or are too many`)
  const resource = requireFound(context.snapshot.gitRepository(namespace, name), subject)
  return namingSubject(subject, () => {
    const spec = specOf(resource)
    const text = readText(spec, 'url')
    if (text === '') throw new CodedError('GDE_FLUX_INVALID', 'spec.url is not set')
    const url = requireRepositoryUrl(readRepositoryUrl(text))
    const declared = {
      url,
      ...(needsLogin(url, context.settings) ? loginOf(context, namespace, spec, url) : NO_LOGIN),
    }
    const source = sources.length
    sources.push({
      spec: resolveFromResource(declared, context.rules, context.settings),
      url: url.shown,
      targetRevision: targetRevision(readObject(spec, 'ref')),
    })
    const includes = readObjects(spec, 'include').map((include) => {
      const included = readText(readObject(include, 'repository'), 'name')
      const artifact = readArtifact(context, namespace, included, sources, depth + 1)
      return { artifact, from: readText(include, 'fromPath'), to: readText(include, 'toPath') || included }
    })
    return {
      source,
      ignore: readText(spec, 'ignore'),
      sparse: readTexts(spec, 'sparseCheckout'),
      submodules: readOptionalFlag(spec, 'recurseSubmodules') ?? false,
      includes,
    }
  })
}

/** Prefixes errors with the resource that they are about. */
function namingSubject<T>(subject: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.message.startsWith('GitRepository ')) throw error
    const { code, message, ...where } = error.failure
    throw new CodedError(code, `${subject}: ${message}`, where, { cause: error })
  }
}

type Login = Omit<DeclaredRepository, 'url'>
const NO_LOGIN: Login = { credentials: { type: 'none' }, reference: '' }

function loginOf(context: FluxContext, namespace: string, spec: Fields, { transport }: RepositoryUrl): Login {
  const provider = providerOf(spec, PROVIDERS)
  const secret = secretOf(context, namespace, spec, 'secretRef')
  if (provider === 'github' && secret === undefined)
    throw new CodedError('GDE_FLUX_INVALID', 'spec.provider is github, and spec.secretRef names no Secret')
  const proxySecret = secretOf(context, namespace, spec, 'proxySecretRef')
  return {
    ...(secret === undefined ? NO_LOGIN : gitCredentials(secret, transport, provider)),
    ...(proxySecret !== undefined && proxyOf(proxySecret)),
    ...(CLOUDS.includes(provider) && { identity: `the identity of Flux at ${provider}` }),
  }
}

const PROVIDERS = ['generic', 'github', ...CLOUDS]

/** Branch names that would be read as a version range or as a commit. */
const AMBIGUOUS = /^(?:[\dvVxX*~^<>=!]|[0-9a-f]{7,40}$|HEAD$)/

/** `spec.ref` in the order in which its fields count; without any of them it is the branch master. */
function targetRevision(ref: Fields): string {
  const commit = readText(ref, 'commit')
  if (commit !== '') return commit
  const name = readText(ref, 'name')
  if (name !== '') return name
  const range = readText(ref, 'semver')
  // A version alone is the name of a tag elsewhere, and here the range of just that version.
  if (range !== '') return /^\s*v?\d+\.\d+\.\d+(?:[-+][^\s,|]*)?\s*$/.test(range) ? `=${range.trim()}` : range
  const tag = readText(ref, 'tag')
  if (tag !== '') return `refs/tags/${tag}`
  const branch = readOptionalText(ref, 'branch') || 'master'
  return AMBIGUOUS.test(branch) ? `refs/heads/${branch}` : branch
}
