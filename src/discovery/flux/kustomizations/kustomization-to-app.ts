import type { App } from '../../../model/app.ts'
import { CodedError } from '../../../model/failure.ts'
import type { FluxSourceOptions, FluxVariables } from '../../../model/flux.ts'
import type { ClusterSpec } from '../../../model/inventory.ts'
import { type KubernetesObject, objectKeyText } from '../../../model/object.ts'
import type { Source } from '../../../model/source.ts'
import {
  type Fields,
  object,
  objects,
  optionalFlag,
  optionalObject,
  text,
  textMap,
  texts,
} from '../../fields/fields.ts'
import {
  type AppParts,
  appBase,
  appParts,
  createErrorCollector,
  fluxPolicy,
  longestInterval,
  sourceNamespace,
} from '../app-parts.ts'
import { type FluxContext, optional, requireFound } from '../flux-context.ts'
import { inventoryKeys } from '../flux-status.ts'
import { readCommonMetadata, readImages, readPatches } from '../read-build.ts'
import { remoteCluster } from '../remote-cluster.ts'
import { secretJson } from '../secret-data.ts'
import { type GitArtifact, gitArtifact } from '../sources/git-source.ts'

/** An app, and what it brings into the inventory. */
export interface MappedApp {
  readonly app: App
  readonly repositories: readonly GitArtifact['sources'][number]['spec'][]
  readonly cluster?: ClusterSpec
  /** The release in Helm's storage that it owns, as `releaseKey` names it. */
  readonly release?: string
}

const MANAGERS = ['kustomize-controller']
const TRACKING_GROUP = 'kustomize.toolkit.fluxcd.io'

/** What a Kustomization of Flux stands for. It never throws: what cannot be understood is the app's problem. */
export function kustomizationApp(resource: KubernetesObject, context: FluxContext): MappedApp {
  const readings = createErrorCollector()
  const parts = readings.attempt(() => appParts(resource), undefined) ?? emptyParts(resource)
  const { namespace, name, spec } = parts
  const { control } = context.snapshot
  const remote = readings.attempt(() => ({ cluster: remoteCluster(context, namespace, spec) }), undefined)
  const destination = remote === undefined ? '' : (remote.cluster?.name ?? control)
  const found = readings.attempt(() => readSource(context, namespace, spec), undefined)
  const options =
    found === undefined ? undefined : readings.attempt(() => readSourceOptions(context, parts, found), undefined)
  const interval = readings.attempt(() => longestInterval(spec, found?.intervalSeconds), undefined)
  const targetNamespace = readings.attempt(() => text(spec, 'targetNamespace'), '')
  const policy = readings.attempt(
    () => fluxPolicy(context.settings, MANAGERS, spec, 'ignore'),
    fluxPolicy(context.settings, MANAGERS, NO_RULES, 'ignore'),
  )
  const base = appBase('Kustomization', control, parts, destination, readings)
  const path = readings.attempt(() => text(spec, 'path'), '')
  const isPruned = readings.attempt(() => optionalFlag(spec, 'prune') ?? false, false)
  const problem = readings.problem()
  return {
    app: {
      ...base,
      sources: found === undefined || options === undefined ? [] : sourcesOf(found, options, path),
      // An object without a namespace stays so: the controller refuses it unless targetNamespace gives it one.
      to: { cluster: destination, server: '', namespace: targetNamespace },
      tracking: { method: 'flux', group: TRACKING_GROUP, name, namespace },
      pruning: { by: 'inventory', inventory: inventoryKeys(resource).map(objectKeyText), isEnabled: isPruned },
      policy,
      ...(interval !== undefined && { syncIntervalSeconds: interval }),
      ...(problem !== undefined && { problem: { ...problem, app: name } }),
    },
    repositories: found?.sources.map((source) => source.spec) ?? [],
    ...(remote?.cluster !== undefined && { cluster: remote.cluster }),
  }
}

const NO_RULES: Fields = { path: 'spec', value: {}, code: 'GDE_FLUX_INVALID' }

export function emptyParts(resource: KubernetesObject): AppParts {
  return { resource, namespace: '', name: resource.metadata.name, spec: NO_RULES }
}

/** The first source renders, the others are what it includes. */
export function sourcesOf(found: GitArtifact, options: Source['options'], path: string): readonly Source[] {
  return found.sources.map(({ spec, url, targetRevision }, index) => ({
    repository: spec.id,
    url,
    targetRevision,
    path: index === 0 ? path : '',
    options: index === 0 ? options : { tool: 'none' },
  }))
}

function readSource(context: FluxContext, namespace: string, spec: Fields): GitArtifact {
  const reference = object(spec, 'sourceRef')
  const kind = text(reference, 'kind')
  const name = text(reference, 'name')
  if (kind !== 'GitRepository') throw unsupportedSource(kind, name)
  return gitArtifact(context, sourceNamespace(reference, namespace, context, 'kustomize-controller'), name)
}

const KNOWN_SOURCES = ['OCIRepository', 'Bucket', 'ExternalArtifact', 'HelmRepository', 'HelmChart']

export function unsupportedSource(kind: string, name: string): CodedError {
  if (!KNOWN_SOURCES.includes(kind))
    return new CodedError(
      'GDE_FLUX_INVALID',
      `the source ${JSON.stringify(name)} has the unknown kind ${JSON.stringify(kind)}`,
    )
  const code = kind === 'OCIRepository' ? 'GDE_UNSUPPORTED_OCI' : 'GDE_UNSUPPORTED_SOURCE'
  return new CodedError(code, `the source ${kind} ${name} is not supported: only GitRepository is`)
}

function readSourceOptions(
  context: FluxContext,
  { namespace, name, spec }: AppParts,
  found: GitArtifact,
): FluxSourceOptions {
  const commonMetadata = readCommonMetadata(spec)
  const postBuild = readPostBuild(context, namespace, spec)
  return {
    tool: 'flux',
    artifact: found.artifact,
    name,
    namespace,
    spec: {
      targetNamespace: text(spec, 'targetNamespace'),
      namePrefix: text(spec, 'namePrefix'),
      nameSuffix: text(spec, 'nameSuffix'),
      patches: readPatches(spec),
      images: readImages(spec),
      components: texts(spec, 'components'),
      ignoreMissingComponents: optionalFlag(spec, 'ignoreMissingComponents') ?? false,
      buildMetadata: texts(spec, 'buildMetadata'),
      ...(commonMetadata !== undefined && { commonMetadata }),
      decrypts: optionalObject(spec, 'decryption') !== undefined,
    },
    ...(postBuild !== undefined && { postBuild }),
  }
}

function readPostBuild(context: FluxContext, namespace: string, spec: Fields): FluxSourceOptions['postBuild'] {
  const postBuild = optionalObject(spec, 'postBuild')
  if (postBuild === undefined) return undefined
  const referred = objects(postBuild, 'substituteFrom').flatMap((entry) => readVariables(context, namespace, entry))
  return {
    variables: [...referred, { values: textMap(postBuild, 'substitute') }],
    always: text(postBuild, 'substituteStrategy') === 'Always',
    strict: context.snapshot.controllers['kustomize-controller'].strictSubstitution,
  }
}

/** Kinds other than these two give nothing to the controller. */
function readVariables({ snapshot, encrypt }: FluxContext, namespace: string, entry: Fields): readonly FluxVariables[] {
  const kind = text(entry, 'kind')
  const name = text(entry, 'name')
  const isOptional = optionalFlag(entry, 'optional') ?? false
  const what = `${kind} ${namespace}/${name}`
  switch (kind) {
    case 'ConfigMap': {
      const lookup = snapshot.configMap(namespace, name)
      const configMap = isOptional ? optional(lookup) : requireFound(lookup, what)
      if (configMap === undefined) return []
      return [{ values: textMap({ path: what, value: configMap, code: 'GDE_FLUX_INVALID' }, 'data') }]
    }
    case 'Secret': {
      const lookup = snapshot.secret(namespace, name)
      const secret = isOptional ? optional(lookup) : requireFound(lookup, what)
      return secret === undefined ? [] : [{ encrypted: encrypt(secretJson(secret)) }]
    }
    default:
      return []
  }
}
