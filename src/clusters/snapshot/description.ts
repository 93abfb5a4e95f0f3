import type { ServedKind } from '../../model/clusters/cluster.ts'
import { ERRORS, type ErrorCode } from '../../model/errors.ts'
import { CodedError, type Failure, type Where } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { GroupKind } from '../../model/object.ts'
import { SECRETS_HELD, type SecretsHeld } from './secrets-held.ts'

/** Verbs that a snapshot supports. */
export const SNAPSHOT_VERBS = ['get', 'list', 'watch'] as const

/** The document by which a snapshot says what it covers. It is no object: no cluster has one. */
export const DESCRIPTION_API_VERSION = 'gitops-drift-exporter/v1'
export const DESCRIPTION_KIND = 'Snapshot'

/** A kind that the snapshot does not hold although the cluster may have objects of it; without `kind`, all kinds of the group. */
export interface LeftOut {
  readonly group: string
  readonly kind?: string
  readonly code: ErrorCode
  readonly message: string
}

/** What a snapshot says of itself. What it does not say is guessed, as for a folder that somebody filled by hand. */
export interface SnapshotDescription {
  /** `v1.36.0`. */
  readonly kubeVersion?: string
  /** Absent: Secrets are a kind like any other. */
  readonly secrets?: SecretsHeld
  /** What the cluster served, all of it: other kinds do not exist there. */
  readonly served?: { readonly kinds: readonly ServedKind[]; readonly apiVersions: readonly string[] }
  readonly leftOut: readonly LeftOut[]
}

/** As it stands in the folder. */
export function descriptionJson({ kubeVersion, secrets, served, leftOut }: SnapshotDescription): JsonObject {
  return {
    apiVersion: DESCRIPTION_API_VERSION,
    kind: DESCRIPTION_KIND,
    ...(kubeVersion !== undefined && { kubeVersion }),
    ...(secrets !== undefined && { secrets }),
    leftOut: leftOut.map((one) => ({ ...one })),
    ...(served !== undefined && {
      kinds: served.kinds.map(({ group, kind, resource, namespaced, versions, verbs }) => ({
        group,
        kind,
        resource,
        namespaced,
        versions,
        verbs,
      })),
      apiVersions: served.apiVersions,
    }),
  }
}

/** Undefined when the document is something else. @throws CodedError `GDE_SNAPSHOT_READ` for a description that says nothing clear */
export function readDescription(value: Json, where: Where): SnapshotDescription | undefined {
  if (!isJsonObject(value) || value.kind !== DESCRIPTION_KIND || value.apiVersion !== DESCRIPTION_API_VERSION)
    return undefined
  const wrong = (what: string): CodedError =>
    new CodedError('GDE_SNAPSHOT_READ', `the Snapshot document: ${what}`, where)
  const { kubeVersion, secrets, kinds, apiVersions } = value
  if (kubeVersion !== undefined && typeof kubeVersion !== 'string') throw wrong('kubeVersion must be a text')
  const held = SECRETS_HELD.find((one) => one === secrets)
  if (secrets !== undefined && held === undefined) throw wrong(`secrets must be one of ${SECRETS_HELD.join(', ')}`)
  const leftOut = listIn(value, 'leftOut', wrong).map((item) => readLeftOut(item, wrong))
  const served = kinds === undefined ? undefined : listIn(value, 'kinds', wrong).map((item) => readServed(item, wrong))
  const names = textsIn(apiVersions)
  if (served !== undefined && names === undefined) throw wrong('apiVersions must be a list of texts beside kinds')
  return {
    leftOut,
    ...(kubeVersion !== undefined && { kubeVersion }),
    ...(held !== undefined && { secrets: held }),
    ...(served !== undefined && names !== undefined && { served: { kinds: served, apiVersions: names } }),
  }
}

type Wrong = (what: string) => CodedError

function listIn(value: JsonObject, field: string, wrong: Wrong): readonly Json[] {
  const list = value[field] ?? []
  if (!Array.isArray(list)) throw wrong(`${field} must be a list`)
  return list
}

function readLeftOut(item: Json, wrong: Wrong): LeftOut {
  if (!isJsonObject(item)) throw wrong('leftOut must be a list of mappings')
  const { group, kind, code, message } = item
  if (typeof group !== 'string' || (kind !== undefined && typeof kind !== 'string') || typeof message !== 'string')
    throw wrong('an entry of leftOut needs group and message as texts')
  return {
    group,
    code: isErrorCode(code) ? code : 'GDE_SNAPSHOT_LEFT_OUT',
    message,
    ...(kind !== undefined && { kind }),
  }
}

function readServed(item: Json, wrong: Wrong): ServedKind {
  if (!isJsonObject(item)) throw wrong('kinds must be a list of mappings')
  const { group, kind, resource, namespaced } = item
  const versions = textsIn(item.versions)
  const verbs = textsIn(item.verbs)
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof resource !== 'string')
    throw wrong('an entry of kinds needs group, kind and resource as texts')
  if (typeof namespaced !== 'boolean' || versions === undefined || versions.length === 0 || verbs === undefined)
    throw wrong(`${kind}: namespaced must be true or false, versions and verbs lists of texts`)
  return { group, kind, resource, namespaced, versions, verbs: verbs.includes('list') ? SNAPSHOT_VERBS : [] }
}

function textsIn(value: Json | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

function isErrorCode(value: Json | undefined): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value)
}

const SECRET: GroupKind = { group: '', kind: 'Secret' }
/** Of what `helm` writes; the server filters by the same words. */
export const RELEASE_FIELD_SELECTOR = 'type=helm.sh/release.v1'
const RELEASE_NAME = /^sh\.helm\.release\.v1\./

/** What of a kind is asked for: all of it, what a selector chooses, or one object. */
export interface Asked {
  readonly fieldSelector?: string | undefined
  readonly name?: string
}

/** What several descriptions in one folder say together; undefined when there is none. */
export function mergeDescriptions(descriptions: readonly SnapshotDescription[]): SnapshotDescription | undefined {
  const [first, ...rest] = descriptions
  if (first === undefined) return undefined
  return rest.reduce((one, other) => {
    const kubeVersion = other.kubeVersion ?? one.kubeVersion
    const secrets = other.secrets ?? one.secrets
    const served = other.served ?? one.served
    return {
      leftOut: [...one.leftOut, ...other.leftOut],
      ...(kubeVersion !== undefined && { kubeVersion }),
      ...(secrets !== undefined && { secrets }),
      ...(served !== undefined && { served }),
    }
  }, first)
}

/** Why the snapshot cannot answer for what is asked of a kind, by its own words. */
export function leftOutFailure(
  { leftOut, secrets }: SnapshotDescription,
  { group, kind }: GroupKind,
  asked: Asked = {},
): Failure | undefined {
  const entry = leftOut.find((one) => one.group === group && (one.kind === undefined || one.kind === kind))
  if (entry !== undefined) return { code: entry.code, message: entry.message }
  if (group !== SECRET.group || kind !== SECRET.kind || secrets === undefined || secrets === 'all') return undefined
  if (secrets === 'none') return secretsLeftOut('the snapshot was made without Secrets')
  const isRelease =
    asked.fieldSelector?.split(',').includes(RELEASE_FIELD_SELECTOR) === true || RELEASE_NAME.test(asked.name ?? '')
  return isRelease ? undefined : secretsLeftOut("of Secrets, the snapshot has Helm's releases alone")
}

function secretsLeftOut(message: string): Failure {
  return { code: 'GDE_SNAPSHOT_LEFT_OUT', message }
}
