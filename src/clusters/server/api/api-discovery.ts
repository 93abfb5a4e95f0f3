import { groupVersion } from '../../../kubernetes/object.ts'
import type { ServedKind } from '../../../model/clusters/cluster.ts'
import { CodedError, type Failure } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { ServerClient } from '../client.ts'
import { connectionError, RefusedError } from '../failures.ts'

/** The kinds that the server serves. */
export interface Discovery {
  readonly kinds: readonly ServedKind[]
  /** `apps/v1` and `apps/v1/Deployment`, subresources' kinds too, as Helm collects them. */
  readonly apiVersions: readonly string[]
  /** Groups whose APIService does not answer: their kinds are unknown. */
  readonly broken: ReadonlyMap<string, Failure>
}

/** Reads discovery with ETags, so that only changes are transferred. */
export interface Discoverer {
  /** The same object as long as nothing changed. */
  discover(signal: AbortSignal): Promise<Discovery>
  /** Whether groups are surely as `discover` found them: one request, and none where the server does not tag its answers. */
  groupsUnchanged(signal: AbortSignal): Promise<boolean>
}

/** All groups in two requests (Kubernetes 1.26 and newer); older servers answer with a plain list of groups. */
const AGGREGATED_MEDIA_TYPES = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')
const GROUPS = '/apis'
/** The first has what every server of a version has. */
const API_ROOTS = ['/api', GROUPS] as const
const SUBJECT = 'the list of kinds'

interface Resource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly resource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

interface DiscoveredResources {
  readonly resources: readonly Resource[]
  readonly apiVersions: readonly string[]
  readonly broken: ReadonlyMap<string, Failure>
}

export function createDiscoverer(client: ServerClient): Discoverer {
  const cached = new Map<string, { readonly etag: string; readonly found: DiscoveredResources }>()

  async function ask(root: string, signal: AbortSignal): Promise<DiscoveredResources> {
    const known = cached.get(root)
    const answer = await client.jsonIfChanged(
      {
        verb: 'get',
        path: root,
        accept: AGGREGATED_MEDIA_TYPES,
        subject: SUBJECT,
        ...(known === undefined ? {} : { etag: known.etag }),
      },
      signal,
    )
    if (answer === undefined && known !== undefined) return known.found
    const document = answer?.body
    if (!isJsonObject(document)) throw malformed(root)
    const aggregated = document.kind === 'APIGroupDiscoveryList'
    const found = aggregated ? readAggregated(document, root) : await askEachGroup(client, document, root, signal)
    // Without aggregation each group has an ETag of its own, so nothing is cached.
    if (aggregated && answer?.etag !== undefined) cached.set(root, { etag: answer.etag, found })
    else cached.delete(root)
    return found
  }

  let last: { readonly roots: readonly DiscoveredResources[]; readonly discovery: Discovery } | undefined
  return {
    groupsUnchanged: async (signal) => {
      const before = cached.get(GROUPS)?.found
      return before !== undefined && (await ask(GROUPS, signal)) === before
    },
    discover: async (signal) => {
      const roots = await Promise.all(API_ROOTS.map((root) => ask(root, signal)))
      if (last !== undefined && roots.every((root, place) => root === last?.roots[place])) return last.discovery
      const discovery = {
        kinds: kindsOf(roots.flatMap((root) => root.resources)),
        apiVersions: [...new Set(roots.flatMap((root) => root.apiVersions))].sort(),
        broken: new Map(roots.flatMap((root) => [...root.broken])),
      }
      last = { roots, discovery }
      return discovery
    },
  }
}

/** One entry a kind, its versions in the server's order of preference. */
function kindsOf(resources: readonly Resource[]): readonly ServedKind[] {
  const kinds = new Map<string, { readonly kind: ServedKind; readonly versions: string[] }>()
  for (const { version, ...rest } of resources) {
    const key = `${rest.group}/${rest.kind}`
    const known = kinds.get(key)
    if (known === undefined) {
      const versions = [version]
      kinds.set(key, { kind: { ...rest, versions }, versions })
    } else if (known.kind.resource === rest.resource) known.versions.push(version)
  }
  return [...kinds.values()].map((entry) => entry.kind)
}

function readAggregated(document: JsonObject, root: string): DiscoveredResources {
  const resources: Resource[] = []
  const apiVersions: string[] = []
  const broken = new Map<string, Failure>()
  for (const item of requireObjects(document.items, root)) {
    const group = isJsonObject(item.metadata) ? stringOrEmpty(item.metadata.name) : ''
    for (const entry of requireObjects(item.versions, root)) {
      const version = stringOrEmpty(entry.version)
      // The APIService is down and this is its last known state: its kinds cannot be requested.
      if (entry.freshness === 'Stale') broken.set(group, unavailableGroup(group, version))
      apiVersions.push(join(group, version))
      for (const resource of requireObjects(entry.resources ?? [], root)) {
        const kind = isJsonObject(resource.responseKind) ? stringOrEmpty(resource.responseKind.kind) : ''
        if (kind !== '') apiVersions.push(`${join(group, version)}/${kind}`)
        for (const subresource of requireObjects(resource.subresources ?? [], root))
          if (isJsonObject(subresource.responseKind) && stringOrEmpty(subresource.responseKind.kind) !== '')
            apiVersions.push(`${join(group, version)}/${stringOrEmpty(subresource.responseKind.kind)}`)
        if (kind === '') continue
        resources.push({
          group,
          version,
          kind,
          resource: stringOrEmpty(resource.resource),
          namespaced: resource.scope === 'Namespaced',
          verbs: stringsIn(resource.verbs),
        })
      }
    }
  }
  return { resources: resources.filter(({ group }) => !broken.has(group)), apiVersions, broken }
}

/** For servers before 1.26, and proxies that drop the Accept header. */
async function askEachGroup(
  client: ServerClient,
  document: JsonObject,
  root: string,
  signal: AbortSignal,
): Promise<DiscoveredResources> {
  const groupVersions = document.kind === 'APIVersions' ? stringsIn(document.versions) : preferredFirst(document, root)
  const broken = new Map<string, Failure>()
  const lists = await Promise.all(
    groupVersions.map(async (apiVersion) => {
      const { group } = groupVersion(apiVersion)
      try {
        const request = { verb: 'get', path: `${root}/${apiVersion}`, subject: `the kinds of ${apiVersion}` } as const
        const { body } = await client.json({ ...request, aggregated: true }, signal)
        return { apiVersion, items: isJsonObject(body) ? requireObjects(body.resources, root) : [] }
      } catch (error) {
        if (signal.aborted) throw error
        const coded = connectionError(error)
        if (!(coded instanceof RefusedError) || coded.status < 500) throw coded
        broken.set(group, unavailableGroup(group, groupVersion(apiVersion).version))
        return { apiVersion, items: [] }
      }
    }),
  )
  const kinds = lists.flatMap(({ apiVersion, items }) =>
    items.map((item) => ({ apiVersion, kind: stringOrEmpty(item.kind) })),
  )
  return {
    resources: lists
      .flatMap(({ apiVersion, items }) => items.flatMap((item) => readResource(item, apiVersion)))
      .filter(({ group }) => !broken.has(group)),
    apiVersions: [...groupVersions, ...kinds.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`)],
    broken,
  }
}

function readResource(item: JsonObject, apiVersion: string): readonly Resource[] {
  const resource = stringOrEmpty(item.name)
  // Subresources are listed as `pods/log`.
  if (resource === '' || resource.includes('/')) return []
  const { group, version } = groupVersion(apiVersion)
  return [
    {
      group,
      version,
      kind: stringOrEmpty(item.kind),
      resource,
      namespaced: item.namespaced === true,
      verbs: stringsIn(item.verbs),
    },
  ]
}

function preferredFirst(document: JsonObject, root: string): readonly string[] {
  return requireObjects(document.groups, root).flatMap((group) => {
    const preferred = isJsonObject(group.preferredVersion) ? stringOrEmpty(group.preferredVersion.groupVersion) : ''
    const all = requireObjects(group.versions, root).map((version) => stringOrEmpty(version.groupVersion))
    return [preferred, ...all.filter((version) => version !== preferred)].filter((version) => version !== '')
  })
}

function unavailableGroup(group: string, version: string): Failure {
  return {
    code: 'GDE_CLUSTER_UNREACHABLE',
    message: `the APIService ${version}.${group} does not answer, so its kinds cannot be read`,
  }
}

function join(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

function requireObjects(value: Json | undefined, root: string): readonly JsonObject[] {
  if (!Array.isArray(value)) throw malformed(root)
  return value.filter(isJsonObject)
}

function stringsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function stringOrEmpty(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function malformed(root: string): CodedError {
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${SUBJECT}: ${root} is not what a Kubernetes API server answers`)
}
