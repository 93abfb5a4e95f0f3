import { readApplicationRules } from '../../../ignore-rules/argocd.ts'
import { rulesOrThrow } from '../../../ignore-rules/parsed-rules.ts'
import type { ArchiveType } from '../../../model/apps/inventory.ts'
import type { IgnoreRule } from '../../../model/apps/policy.ts'
import { CodedError, type Failure, toFailure } from '../../../model/failure.ts'
import type { JsonObject } from '../../../model/json.ts'
import { type RefusedUrl, RepositoryUrl, readRepositoryUrl } from '../../../model/sources/repository-url.ts'
import type { Source } from '../../../model/sources/source.ts'
import {
  type Fields,
  fieldsOf,
  readObject,
  readObjects,
  readOptionalFlag,
  readOptionalObject,
  readText,
  readTextMap,
  readTexts,
} from '../../fields/fields.ts'
import { readSourceOptions } from './read-source-options.ts'

/** A source as an Application declares it; what it is fetched with is not known yet. */
export interface DeclaredSource extends Omit<Source, 'repository'> {
  /** For permissions and Secrets; `url` is for people. */
  readonly repoUrl: RepositoryUrl | RefusedUrl
  /** What is fetched. */
  readonly fetched: { readonly url: RepositoryUrl | RefusedUrl; readonly type?: ArchiveType }
}

/** An Application's spec in the words of the model. */
export interface DeclaredApplication {
  readonly namespace: string
  readonly name: string
  /** `default` when none is given. */
  readonly project: string
  readonly labels: Readonly<Record<string, string>>
  readonly sources: readonly DeclaredSource[]
  readonly destination: { readonly server: string; readonly name: string; readonly namespace: string }
  readonly autoSync: boolean
  readonly ignore: readonly IgnoreRule[]
  readonly managedNamespaceMetadata?: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  /** What makes it impossible to evaluate; the first thing found. */
  readonly problem?: Failure
}

/** Reads an Application. It never throws: the first invalid field is named in its `problem`. */
export function readApplication(resource: JsonObject): DeclaredApplication {
  const metadata = orEmpty(() => readObject(fieldsOf(resource, 'GDE_ARGOCD_INVALID'), 'metadata'))
  const identity = {
    namespace: orEmptyText(() => readText(metadata, 'namespace')),
    name: orEmptyText(() => readText(metadata, 'name')),
  }
  try {
    return {
      ...identity,
      ...readSpec(metadata, readObject(fieldsOf(resource, 'GDE_ARGOCD_INVALID'), 'spec'), identity),
    }
  } catch (error) {
    return {
      ...identity,
      project: '',
      labels: {},
      sources: [],
      destination: { server: '', name: '', namespace: '' },
      autoSync: false,
      ignore: [],
      problem: toFailure(error, { app: identity.name }),
    }
  }
}

function readSpec(
  metadata: Fields,
  spec: Fields,
  identity: { readonly namespace: string; readonly name: string },
): Omit<DeclaredApplication, 'namespace' | 'name'> {
  const destination = readObject(spec, 'destination')
  const project = readText(spec, 'project') || 'default'
  const policy = readObject(spec, 'syncPolicy')
  const automated = readOptionalObject(policy, 'automated')
  const namespaceMetadata = readOptionalObject(policy, 'managedNamespaceMetadata')
  const namespace = readText(destination, 'namespace')
  const sources = sourcesOf(spec)
  const problem = sources.map(unsupportedSource).find((one) => one !== undefined)
  return {
    project,
    labels: readTextMap(metadata, 'labels'),
    sources: sources.map((source) => readSource(source, { appName: identity.name, namespace, project })),
    destination: { server: readText(destination, 'server'), name: readText(destination, 'name'), namespace },
    autoSync: automated !== undefined && (readOptionalFlag(automated, 'enabled') ?? true),
    ignore: rulesOrThrow(
      readApplicationRules(spec.value.ignoreDifferences),
      spec.code,
      `${spec.path}.ignoreDifferences`,
    ),
    // Without this option the controller makes no namespace, and leaves one that is there alone.
    ...(namespaceMetadata !== undefined &&
      readTexts(policy, 'syncOptions').includes('CreateNamespace=true') && {
        managedNamespaceMetadata: {
          labels: readTextMap(namespaceMetadata, 'labels'),
          annotations: readTextMap(namespaceMetadata, 'annotations'),
        },
      }),
    ...(problem !== undefined && { problem: { ...problem, app: identity.name } }),
  }
}

/** A hydrator's sync source first, then `sources`, then `source` (ApplicationSpec.GetSources). */
function sourcesOf(spec: Fields): readonly Fields[] {
  const hydrator = readOptionalObject(spec, 'sourceHydrator')
  if (hydrator !== undefined) return [hydratedSource(hydrator)]
  const several = readObjects(spec, 'sources')
  if (several.length > 0) {
    for (const source of several) requireFields(source, ['path', 'chart', 'ref'])
    return several
  }
  const single = readOptionalObject(spec, 'source')
  if (single === undefined) throw new CodedError('GDE_ARGOCD_INVALID', 'spec has neither source nor sources')
  // A ref is enough in `sources` only, where another source may refer to it.
  requireFields(single, ['path', 'chart'])
  return [single]
}

/** As Argo CD's `validateSourcePermissions`. @throws CodedError `GDE_ARGOCD_INVALID` */
function requireFields(source: Fields, names: readonly string[]): void {
  if (names.every((field) => readText(source, field) === ''))
    throw new CodedError('GDE_ARGOCD_INVALID', `${source.path} has none of ${names.join(', ')}`)
  if (readText(source, 'chart') !== '' && readText(source, 'targetRevision') === '')
    throw new CodedError('GDE_ARGOCD_INVALID', `${source.path}.targetRevision is missing: a chart needs a version`)
}

/** What the hydrator pushes lies in the repository it reads from, unless it says otherwise. */
function hydratedSource(hydrator: Fields): Fields {
  const dry = readObject(hydrator, 'drySource')
  const sync = readObject(hydrator, 'syncSource')
  const value = {
    repoURL: readText(sync, 'repoURL') || readText(dry, 'repoURL'),
    path: readText(sync, 'path'),
    targetRevision: readText(sync, 'targetBranch'),
  }
  return fieldsOf(value, 'GDE_ARGOCD_INVALID', sync.path)
}

function readSource(
  source: Fields,
  app: { readonly appName: string; readonly namespace: string; readonly project: string },
): DeclaredSource {
  const repoUrl = readRepositoryUrl(readText(source, 'repoURL'))
  const ref = readText(source, 'ref')
  const fetched = fetchedFrom(repoUrl, readText(source, 'chart'))
  // Of an OCI source the path counts, not the chart (ApplicationSource.IsOCI comes before IsHelm).
  const chart = repoUrl instanceof RepositoryUrl && repoUrl.transport === 'oci' ? '' : readText(source, 'chart')
  return {
    repoUrl,
    fetched,
    url: repoUrl.shown,
    targetRevision: readText(source, 'targetRevision') || (fetched.type === undefined ? 'HEAD' : ''),
    path: chart === '' ? readText(source, 'path') : '',
    ...(chart !== '' && { chart }),
    ...(ref !== '' && { ref }),
    options: readSourceOptions(source, app),
  }
}

/** A registry without a scheme is an OCI one to Helm (`IsHelmOciRepo`), where every chart is a repository. */
function fetchedFrom(repoUrl: RepositoryUrl | RefusedUrl, chart: string): DeclaredSource['fetched'] {
  if (!(repoUrl instanceof RepositoryUrl)) return { url: repoUrl }
  const { transport, address } = repoUrl
  if (transport === 'oci') return { url: repoUrl, type: 'oci' }
  if (chart === '') return { url: repoUrl }
  return transport === 'none'
    ? { url: readRepositoryUrl(`oci://${address}/${chart}`), type: 'oci' }
    : { url: repoUrl, type: 'helm' }
}

function unsupportedSource(source: Fields): Failure | undefined {
  const repoUrl = readRepositoryUrl(readText(source, 'repoURL'))
  const repository = repoUrl.shown
  if (readText(source, 'repoURL') === '')
    throw new CodedError('GDE_ARGOCD_INVALID', `${source.path}.repoURL is missing`)
  if (!(repoUrl instanceof RepositoryUrl)) return refusal(source, repoUrl)
  if (readOptionalObject(source, 'plugin') !== undefined)
    return { code: 'GDE_UNSUPPORTED_PLUGIN', message: `${source.path}.plugin names a plugin`, repository }
  return undefined
}

function refusal({ path }: Fields, { shown, ambiguity }: RefusedUrl): Failure {
  return { code: 'GDE_NOT_PERMITTED', message: `${path}.repoURL ${shown} ${ambiguity}`, repository: shown }
}

/** The identity is read as far as possible: reading the spec finds and reports invalid metadata again. */
function orEmpty(read: () => Fields): Fields {
  try {
    return read()
  } catch (error) {
    if (error instanceof CodedError) return fieldsOf({}, 'GDE_ARGOCD_INVALID', 'metadata')
    throw error
  }
}

function orEmptyText(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof CodedError) return ''
    throw error
  }
}
