import type { App } from '../../../model/apps/app.ts'
import type { ClusterSpec } from '../../../model/apps/inventory.ts'
import { CodedError } from '../../../model/failure.ts'
import { type KubernetesObject, objectKeyText } from '../../../model/object.ts'
import type { FluxSourceOptions, FluxVariables } from '../../../model/sources/flux.ts'
import type { Source } from '../../../model/sources/source.ts'
import {
  type Fields,
  readObject,
  readObjects,
  readOptionalFlag,
  readOptionalObject,
  readText,
  readTextMap,
  readTexts,
} from '../../fields/fields.ts'
import {
  type AppParts,
  commonAppFields,
  createErrorCollector,
  fluxPolicy,
  longestInterval,
  readAppParts,
  sourceNamespace,
} from '../app-parts.ts'
import { type FluxContext, foundOrUndefined, requireFound, requireInCluster } from '../flux-context.ts'
import { inventoryKeys } from '../flux-status.ts'
import { readCommonMetadata, readImages, readPatches } from '../read-build.ts'
import { remoteCluster } from '../remote-cluster.ts'
import { secretJson } from '../secret-data.ts'
import { artifactOfRegistry } from '../sources/chart-source.ts'
import { type GitArtifact, gitArtifact } from '../sources/git-source.ts'
import { orServed, servedFiles } from '../sources/served-artifact.ts'
import { readDecryption } from './decryption.ts'

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

/** Maps a Kustomization to an app. It never throws: the first invalid field is the app's problem. */
export function kustomizationToApp(resource: KubernetesObject, context: FluxContext): MappedApp {
  const errors = createErrorCollector()
  const parts = errors.tryRead(() => readAppParts(resource), undefined) ?? emptyParts(resource)
  const { namespace, name, spec } = parts
  const { control } = context.snapshot
  const remote = errors.tryRead(() => ({ cluster: remoteCluster(context, namespace, spec) }), undefined)
  const destination = remote === undefined ? '' : (remote.cluster?.name ?? control)
  const found = errors.tryRead(() => readSource(context, namespace, spec), undefined)
  const options =
    found === undefined ? undefined : errors.tryRead(() => readSourceOptions(context, parts, found), undefined)
  const interval = errors.tryRead(() => longestInterval(spec, found?.intervalSeconds), undefined)
  const targetNamespace = errors.tryRead(() => readText(spec, 'targetNamespace'), '')
  const policy = errors.tryRead(
    () => fluxPolicy(context.settings, MANAGERS, spec, 'ignore'),
    fluxPolicy(context.settings, MANAGERS, NO_RULES, 'ignore'),
  )
  const common = commonAppFields('Kustomization', context.snapshot, parts, destination, errors)
  const path = errors.tryRead(() => readText(spec, 'path'), '')
  const isPruned = errors.tryRead(() => readOptionalFlag(spec, 'prune') ?? false, false)
  const problem = errors.problem()
  return {
    app: {
      ...common,
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
  return found.sources.map(({ spec, ...source }, index) => ({
    repository: spec.id,
    ...source,
    path: index === 0 ? path : '',
    options: index === 0 ? options : { tool: 'none' },
  }))
}

function readSource(context: FluxContext, namespace: string, spec: Fields): GitArtifact {
  const reference = readObject(spec, 'sourceRef')
  const kind = readText(reference, 'kind')
  const name = readText(reference, 'name')
  const from = { namespace, controller: 'kustomize-controller' } as const
  switch (kind) {
    case 'OCIRepository':
      return orServed(context, from, kind, reference, () => registryArtifact(context, namespace, reference))
    case 'GitRepository':
      return orServed(context, from, kind, reference, () =>
        gitArtifact(context, sourceNamespace(reference, namespace, context, from.controller), name),
      )
    case 'Bucket':
    case 'ExternalArtifact':
      return servedFiles(context, from, kind, reference)
    default:
      throw unknownSource(kind, name)
  }
}

function registryArtifact(context: FluxContext, namespace: string, reference: Fields): GitArtifact {
  const found = artifactOfRegistry(context, { namespace, controller: 'kustomize-controller' }, reference)
  const { intervalSeconds, source, chart: _none, ...fetched } = found
  const artifact = { source: 0, ignore: readText(source, 'ignore'), sparse: [], submodules: false, includes: [] }
  return { artifact, sources: [fetched], intervalSeconds }
}

export function unknownSource(kind: string, name: string): CodedError {
  const what = `the source ${JSON.stringify(name)} has the kind ${JSON.stringify(kind)}`
  return new CodedError('GDE_FLUX_INVALID', `${what}, which is none that may stand here`)
}

function readSourceOptions(
  context: FluxContext,
  { namespace, name, spec }: AppParts,
  found: GitArtifact,
): FluxSourceOptions {
  const commonMetadata = readCommonMetadata(spec)
  const postBuild = readPostBuild(context, namespace, spec)
  const decryption = readDecryption(context, namespace, spec)
  return {
    tool: 'flux',
    artifact: found.artifact,
    name,
    namespace,
    spec: {
      targetNamespace: readText(spec, 'targetNamespace'),
      namePrefix: readText(spec, 'namePrefix'),
      nameSuffix: readText(spec, 'nameSuffix'),
      patches: readPatches(spec),
      images: readImages(spec),
      components: readTexts(spec, 'components'),
      ignoreMissingComponents: readOptionalFlag(spec, 'ignoreMissingComponents') ?? false,
      buildMetadata: readTexts(spec, 'buildMetadata'),
      ...(commonMetadata !== undefined && { commonMetadata }),
      decrypts: decryption !== undefined,
      remoteBases: context.snapshot.controllers['kustomize-controller'].remoteBases,
    },
    ...(postBuild !== undefined && { postBuild }),
    ...(decryption !== undefined && decryption.keys.length > 0 && { keys: decryption.keys }),
  }
}

function readPostBuild(context: FluxContext, namespace: string, spec: Fields): FluxSourceOptions['postBuild'] {
  const postBuild = readOptionalObject(spec, 'postBuild')
  if (postBuild === undefined) return undefined
  const referred = readObjects(postBuild, 'substituteFrom').flatMap((entry) => readVariables(context, namespace, entry))
  return {
    variables: [...referred, { values: readTextMap(postBuild, 'substitute') }],
    always: readText(postBuild, 'substituteStrategy') === 'Always',
    strict: context.snapshot.controllers['kustomize-controller'].strictSubstitution,
  }
}

/** The controller ignores other kinds than these two. */
function readVariables({ snapshot, encrypt }: FluxContext, namespace: string, entry: Fields): readonly FluxVariables[] {
  const kind = readText(entry, 'kind')
  const name = readText(entry, 'name')
  const isOptional = readOptionalFlag(entry, 'optional') ?? false
  const what = `${kind} ${namespace}/${name}`
  switch (kind) {
    case 'ConfigMap': {
      const lookup = snapshot.configMap(namespace, name)
      const configMap = isOptional ? foundOrUndefined(lookup) : requireFound(lookup, what)
      if (configMap === undefined) return []
      return [{ values: readTextMap({ path: what, value: configMap, code: 'GDE_FLUX_INVALID' }, 'data') }]
    }
    case 'Secret': {
      const lookup = snapshot.secret(namespace, name)
      const secret = isOptional ? foundOrUndefined(lookup) : requireInCluster(lookup, what)
      return secret === undefined ? [] : [{ encrypted: encrypt(secretJson(secret)) }]
    }
    default:
      return []
  }
}
