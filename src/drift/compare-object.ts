import { convertVersion } from '../kubernetes/convert-version.ts'
import { withKnownTypes } from '../kubernetes/known-types.ts'
import { groupVersion, objectKey } from '../kubernetes/object.ts'
import { OBJECT_META_FIELDS } from '../kubernetes/openapi/object-meta.ts'
import { UNKNOWN } from '../kubernetes/schema/node.ts'
import type { SchemaIndex } from '../kubernetes/schema/schema-index.ts'
import type { ComparePolicy } from '../model/apps/policy.ts'
import type { Failure } from '../model/failure.ts'
import type { JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { Difference, ObjectVerdict } from '../model/verdicts/difference.ts'
import { walkField, walkObject } from './declared.ts'
import { judgeDifferences } from './judge-differences.ts'
import { applyIgnores, NOTHING_IGNORED, type ResolvedIgnores } from './match-ignores.ts'
import { hasSameShape } from './same-shape.ts'
import { walkUndeclared } from './undeclared.ts'
import { own, type Walk } from './walk.ts'

/** One desired object and its live counterpart, both redacted, and how to compare them. */
export interface CompareInput {
  /** As the controller would apply it: in its namespace, with its tracking label or annotation. */
  readonly desired: KubernetesObject
  /** Undefined when the cluster has no such object. */
  readonly live: KubernetesObject | undefined
  readonly schemas: SchemaIndex
  readonly policy: ComparePolicy
  /** The ignore rules resolved for this object (`ignores.ts`). */
  readonly ignores?: ResolvedIgnores
  /** JSON pointers of fields that change from rendering to rendering. */
  readonly unstable?: readonly string[]
  /** The rendering used a Secret: values are not shown. */
  readonly redactedBySource?: boolean
}

/**
 * Decides whether the live object is what Git says. Pure: the same input gives the same verdict, whatever the order of keys.
 * The state is `missing`, `changed` (a difference with effect `drift`) or `synced`; differences with effect `report` come with
 * both of the latter.
 */
export function compareObject(input: CompareInput): ObjectVerdict {
  const key = objectKey(input.desired)
  const { version } = groupVersion(input.desired.apiVersion)
  if (input.live === undefined) {
    const missing: Difference = {
      path: '',
      class: 'missing',
      effect: 'drift',
      ...(input.redactedBySource || isSecret(input.desired) ? { redacted: true } : { desired: input.desired }),
    }
    return { key, version, state: 'missing', differences: [missing] }
  }
  const converted = convertVersion(input.desired, input.live.apiVersion)
  const declared = converted ?? input.desired
  const { desired, live } = applyIgnores(declared, input.live, input.ignores ?? NOTHING_IGNORED)
  const walk = walkRoot(desired, live, input)
  const { differences, cause } = judgeDifferences(walk.rawDifferences, input)
  if (converted === undefined && isAboutContent(differences, walk.invalid) && !isConverted(declared, live, input))
    return { key, version, state: 'unknown', differences: [], reason: otherVersion(declared, live) }
  return {
    key,
    version,
    state: cause === undefined ? 'synced' : 'changed',
    differences,
    ...(cause !== undefined && { cause }),
    ...(walk.invalid.length > 0 && { invalidFields: walk.invalid }),
    ...(walk.unjudged && { ownershipUnknown: true as const }),
  }
}

function isSecret({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'v1' && kind === 'Secret'
}

/** Custom resources have conversions of their own, which change nothing but the version where both versions look alike. */
function isConverted(desired: KubernetesObject, live: KubernetesObject, { schemas }: CompareInput): boolean {
  return hasSameShape(desired, live.apiVersion, schemas) && hasSameShape(live, desired.apiVersion, schemas)
}

/** Metadata is the same in every version. */
function isAboutContent(differences: readonly Difference[], invalid: readonly string[]): boolean {
  return invalid.length > 0 || differences.some(({ path }) => !path.startsWith('/metadata/'))
}

function otherVersion({ kind, apiVersion }: KubernetesObject, live: KubernetesObject): Failure {
  return {
    code: 'GDE_COMPARE_VERSION',
    message: `${kind} is declared in ${apiVersion} and read in ${live.apiVersion}, and the two differ`,
  }
}

/** The identity was used to find the live object, and the status is never desired state. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status'])

function walkRoot(desired: KubernetesObject, live: KubernetesObject, input: CompareInput): Walk {
  const { group, version } = groupVersion(live.apiVersion)
  const schema = input.schemas.kind(group, version, live.kind) ?? UNKNOWN
  const node = withKnownTypes(schema, { group, kind: live.kind }, input.policy.knownTypes ?? [])
  const walk: Walk = {
    root: live,
    desired,
    parties: input.policy,
    ignoredManagers: input.ignores?.managers ?? NOTHING_IGNORED.managers,
    marks: input.policy.operationalMarks,
    ownership: undefined,
    path: [],
    chain: [],
    atomicAt: -1,
    rawDifferences: [],
    invalid: [],
    unjudged: false,
    hasLostOwnership: undefined,
    walkField,
  }
  walkMetadata(walk, desired.metadata, live.metadata)
  walkObject(walk, desired, live, node, NOT_COMPARED)
  return walk
}

/** Of metadata, only the fields that users write are compared; the rest is the server's. */
function walkMetadata(walk: Walk, desired: JsonObject, live: JsonObject): void {
  walk.path.push('metadata')
  walk.chain.push(walk.root, live)
  for (const [key, field] of OBJECT_META_FIELDS) {
    const declared = own(desired, key)
    const value = own(live, key)
    walk.path.push(key)
    if (declared !== undefined) walkField(walk, declared, value, field, desired)
    else if (value !== undefined) walkUndeclared(walk, value, field, desired)
    walk.path.pop()
  }
  walk.chain.length = 0
  walk.path.pop()
}
