import { DEFAULT_STATUS_RULES, readCustomizedRules, readStatusRules } from '../../ignore-rules/argocd.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import type { IgnoreRule, KindFilter, KindScope, KnownTypeField } from '../../model/apps/policy.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { KustomizeSettings } from '../../model/sources/source.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import { type Fields, fieldsOf, readObjects, readTexts } from '../fields/fields.ts'
import { type ApplicationSetSettings, DEFAULT_APPLICATION_SET_SETTINGS } from './applicationset/inputs.ts'
import { readKnownTypeFields } from './known-type-fields.ts'
import { type GlobalProject, readGlobalProjects } from './projects/global-projects.ts'

/** Which kinds Argo CD looks at; globs, of which an empty list matches all. */
export interface ResourceFilter {
  readonly apiGroups: readonly string[]
  readonly kinds: readonly string[]
  readonly clusters: readonly string[]
}

/** What argocd-cm and argocd-cmd-params-cm set for all apps, as far as it changes what is desired or compared. */
export interface ArgocdSettings {
  readonly tracking: {
    readonly method: 'annotation' | 'annotation+label' | 'label'
    readonly labelKey: string
    readonly installationId?: string
  }
  readonly inClusterEnabled: boolean
  readonly resourceInclusions: readonly ResourceFilter[]
  readonly resourceExclusions: readonly ResourceFilter[]
  readonly ignore: readonly IgnoreRule[]
  readonly knownTypes: readonly KnownTypeField[]
  readonly kustomize: KustomizeSettings
  /** `helm.valuesFileSchemes`; absent: what Argo CD has by itself. */
  readonly valuesFileSchemes?: readonly string[]
  /** Beside Argo CD's own: globs, or regular expressions between slashes. */
  readonly applicationNamespaces: readonly string[]
  readonly applicationSetNamespaces: readonly string[]
  readonly applicationSets: ApplicationSetSettings
  readonly globalProjects: readonly GlobalProject[]
  /** Text of a known_hosts file, of `argocd-ssh-known-hosts-cm`. */
  readonly knownHosts: string
  /** Authorities by host, PEM, of `argocd-tls-certs-cm`. */
  readonly certificates: Readonly<Record<string, string>>
  /** How long the controller may take to see a change, by its own settings. */
  readonly reconciliationSeconds: number
  /** For as long as it stands, Argo CD generates manifests of no app. */
  readonly problem?: Failure
  /** Settings that cannot be understood or honoured, each by its name. */
  readonly warnings: readonly Failure[]
}

type Data = Readonly<Record<string, string>>

/** `data` of the ConfigMaps that say which servers are who they say; empty where there are none. */
export interface ServerProofs {
  readonly knownHosts: Data
  readonly certificates: Data
}

/** @param general `data` of argocd-cm @param parameters `data` of argocd-cmd-params-cm; empty where there is none */
export function readSettings(
  general: Data,
  parameters: Data,
  proofs: ServerProofs = { knownHosts: {}, certificates: {} },
): ArgocdSettings {
  const warnings: Failure[] = []
  const orDefault = <T>(setting: string, fallback: NoInfer<T>, read: () => T): T => {
    try {
      return read()
    } catch (error) {
      const { message, ...failure } = toFailure(error)
      warnings.push({ ...failure, code: 'GDE_ARGOCD_INVALID', message: `${setting}: ${message}` })
      return fallback
    }
  }
  const filter = (setting: string) =>
    orDefault(setting, [], () => readObjects(readYamlFields(general, setting), setting).map(readFilter))
  const compared = orDefault('resource.compareoptions', DEFAULT_STATUS_RULES, () => readStatusRules(general))
  const { ignore, knownTypes } = orDefault(
    'resource.customizations',
    { ignore: [], knownTypes: { fields: [], unknown: [] } },
    () => ({ ignore: readCustomizedRules(general), knownTypes: readKnownTypeFields(general) }),
  )
  for (const type of knownTypes.unknown)
    warnings.push({ code: 'GDE_ARGOCD_INVALID', message: `knownTypeFields: ${JSON.stringify(type)} is no known type` })
  warnings.push(...unsupportedSettings(general, parameters))
  const versions = registeredVersions(general)
  const twice = versions.find((version, index) => versions.indexOf(version) !== index)
  return {
    tracking: readTracking(general, warnings),
    inClusterEnabled: general['cluster.inClusterEnabled'] !== 'false',
    resourceInclusions: filter('resource.inclusions'),
    resourceExclusions: [...CORE_EXCLUSIONS, ...filter('resource.exclusions')],
    ignore: [...ignore, ...compared],
    knownTypes: knownTypes.fields,
    kustomize: {
      buildOptions: (general['kustomize.buildOptions'] ?? '').split(/\s+/).filter((option) => option !== ''),
      versions,
    },
    ...(general['helm.valuesFileSchemes'] !== undefined && {
      valuesFileSchemes: splitList(general['helm.valuesFileSchemes']),
    }),
    applicationNamespaces: splitList(parameters['application.namespaces']),
    applicationSetNamespaces: splitList(parameters['applicationsetcontroller.namespaces']),
    applicationSets: readApplicationSets(general, parameters),
    globalProjects: orDefault('globalProjects', [], () =>
      readGlobalProjects(readYamlFields(general, 'globalProjects'), (problem) => warnings.push(problem)),
    ),
    knownHosts: proofs.knownHosts.ssh_known_hosts ?? '',
    certificates: proofs.certificates,
    reconciliationSeconds: orDefault('timeout.reconciliation', 120, () =>
      readDuration(general['timeout.reconciliation']),
    ),
    ...(twice !== undefined && { problem: versionTwice(twice) }),
    warnings,
  }
}

/** Names of kustomize by their setting (`GetKustomizeSettings`): whatever follows the prefix, less one character. */
function registeredVersions(general: Data): readonly string[] {
  const prefixes = ['kustomize.version', 'kustomize.path']
  return Object.keys(general).flatMap((name) =>
    prefixes.filter((prefix) => name.startsWith(prefix)).map((prefix) => name.slice(prefix.length + 1)),
  )
}

function versionTwice(version: string): Failure {
  const message = `kustomize.path.${version} and kustomize.version.${version} are both set in argocd-cm: Argo CD generates no manifests until one of them is removed`
  return { code: 'GDE_ARGOCD_INVALID', message }
}

/** Argo CD never looks at these. */
const CORE_EXCLUSIONS: readonly ResourceFilter[] = [
  { apiGroups: ['events.k8s.io', 'metrics.k8s.io'], kinds: [], clusters: [] },
  { apiGroups: [''], kinds: ['Event'], clusters: [] },
  { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'], clusters: [] },
]

function readTracking(general: Data, warnings: Failure[]): ArgocdSettings['tracking'] {
  const method = general['application.resourceTrackingMethod'] || 'annotation'
  const installationId = general.installationID ?? ''
  const known = method === 'annotation' || method === 'annotation+label' || method === 'label'
  if (!known)
    warnings.push({
      code: 'GDE_ARGOCD_INVALID',
      message: `application.resourceTrackingMethod: ${JSON.stringify(method)} is not annotation, annotation+label or label`,
    })
  return {
    // Argo CD takes what it does not know for its default.
    method: known ? method : 'annotation',
    labelKey: general['application.instanceLabelKey'] || 'app.kubernetes.io/instance',
    ...(installationId !== '' && { installationId }),
  }
}

function readFilter(fields: Fields): ResourceFilter {
  return {
    apiGroups: readTexts(fields, 'apiGroups'),
    kinds: readTexts(fields, 'kinds'),
    clusters: readTexts(fields, 'clusters'),
  }
}

function readApplicationSets(general: Data, parameters: Data): ApplicationSetSettings {
  const of = (name: string): string => parameters[`applicationsetcontroller.${name}`] ?? ''
  const policy = of('policy')
  return {
    ...DEFAULT_APPLICATION_SET_SETTINGS,
    inClusterDisabled: general['cluster.inClusterEnabled'] === 'false',
    newGitFileGlobbing: of('enable.new.git.file.globbing') === 'true',
    includeHiddenDirectories: parameters['reposerver.include.hidden.directories'] === 'true',
    policy,
    // By default sets may override the policy only where none is set.
    policyOverrideDisabled:
      of('enable.policy.override') === '' ? policy !== '' : of('enable.policy.override') !== 'true',
    preservedAnnotations: splitList(of('global.preserved.annotations')),
    preservedLabels: splitList(of('global.preserved.labels')),
  }
}

/** Settings that change what Argo CD renders or compares in a way that is not done here. */
function unsupportedSettings(general: Data, parameters: Data): readonly Failure[] {
  const names = [
    ...Object.keys(general).filter((name) =>
      /^(?:kustomize\.(?:path|version|buildOptions)\.|configManagementPlugins$)/.test(name),
    ),
    ...Object.keys(general).filter(
      (name) => /^(?:kustomize|helm|jsonnet)\.enable$/.test(name) && general[name] === 'false',
    ),
    ...Object.keys(parameters).filter(
      (name) => name === 'reposerver.allow.oob.symlinks' && parameters[name] === 'true',
    ),
  ]
  return names.map((name) => ({ code: 'GDE_ARGOCD_SETTING', message: `${name} is set, which is not honoured` }))
}

function readYaml(data: Data, setting: string): Json | undefined {
  const written = data[setting]
  return written === undefined || written === '' ? undefined : (readYamlDocuments(written)[0]?.value ?? undefined)
}

/** The setting as the one field of an object, so that what is wrong in it is named by it. */
function readYamlFields(data: Data, setting: string): Fields {
  const value: JsonObject = { [setting]: readYaml(data, setting) ?? [] }
  return fieldsOf(value, 'GDE_ARGOCD_INVALID')
}

function splitList(written: string | undefined): readonly string[] {
  return (written ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 }

/** A Go duration. */
function readDuration(written: string | undefined): number {
  if (written === undefined || written === '') return 120
  if (!/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(written) && written !== '0')
    throw new CodedError('GDE_ARGOCD_INVALID', `${JSON.stringify(written)} is not a duration`)
  const parts = written.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)
  return [...parts].reduce((sum, [, count = '0', unit = 's']) => sum + Number(count) * (SECONDS[unit] ?? 1), 0)
}

type ScopeSettings = Pick<ArgocdSettings, 'resourceInclusions' | 'resourceExclusions'>

/** By server; all apps of a cluster have one. */
const scopes = new WeakMap<ScopeSettings, Map<string, KindScope>>()

/** What `resource.inclusions` and `resource.exclusions` leave of one cluster. */
export function kindScope(settings: ScopeSettings, server: string): KindScope {
  const known = scopes.get(settings) ?? new Map<string, KindScope>()
  scopes.set(settings, known)
  const scope = known.get(server) ?? scopeOf(settings, server)
  known.set(server, scope)
  return scope
}

function scopeOf({ resourceInclusions, resourceExclusions }: ScopeSettings, server: string): KindScope {
  return {
    // Where inclusions are given, and none is for this cluster, nothing of it is included.
    ...(resourceInclusions.length > 0 && { included: ofCluster(resourceInclusions, server) }),
    excluded: ofCluster(resourceExclusions, server),
  }
}

function ofCluster(filters: readonly ResourceFilter[], server: string): readonly KindFilter[] {
  return filters
    .filter(({ clusters }) => clusters.length === 0 || clusters.some((glob) => gobwasGlob(glob)?.test(server) === true))
    .map(({ apiGroups, kinds }) => ({ groups: apiGroups, kinds }))
}
