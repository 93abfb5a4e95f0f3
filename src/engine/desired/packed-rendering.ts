import type { Failure } from '../../model/failure.ts'
import type { ObjectKey } from '../../model/object.ts'
import type {
  Dependency,
  ReleaseComparison,
  RemotesNeeded,
  RenderedObject,
  Rendering,
  RenderRequest,
} from '../../model/sources/rendering.ts'
import { type PackedObject, packObject, unpackObject } from './packed-object.ts'
import { type MarkFaults, markFaults } from './tracking-mark.ts'

/** A packed desired object, with the fields that are needed without unpacking it. */
export interface PackedDesired {
  readonly packed: PackedObject
  readonly apiVersion: string
  readonly kind: string
  /** As rendered; '' where the manifest has none. */
  readonly namespace: string
  readonly name: string
  readonly action: RenderedObject['action']
  readonly file?: string
  readonly line?: number
  readonly unstable?: readonly string[]
  /** It contains values of a Secret. */
  readonly confidential?: true
  /** JSON pointers of values that were encrypted in Git, which are redacted. */
  readonly redacted?: readonly string[]
  /** Annotations and labels of a Secret that hold one of its values. */
  readonly copies?: RenderedObject['copies']
  /** A HelmRelease, which lies elsewhere: how what it declares compares with its release is told already. */
  readonly compared?: ReleaseComparison
  /** The destination's namespace, which no source declares: only its labels and annotations are the app's. */
  readonly managed?: true
  /** For a CustomResourceDefinition: the kind that it defines. */
  readonly defines?: { readonly group: string; readonly kind: string; readonly namespaced: boolean }
  readonly markFaults?: MarkFaults
}

/** A packed rendering, shared by every app and cluster whose request has the same content. */
export interface PackedRendering {
  readonly objects: readonly PackedDesired[]
  readonly dependencies: readonly Dependency[]
  readonly usedDestination: boolean
  readonly usedCommit: boolean
  readonly warnings: readonly Failure[]
  readonly release?: ReleaseComparison
  /** What the release before had. */
  readonly former: readonly ObjectKey[]
  /** Approximate size in memory. */
  readonly bytes: number
}

/** What came of rendering in the thread that rendered. */
export type PackedOutcome = PackedRendering | RemotesNeeded

/** A renderer that packs the objects in the thread that renders them. */
export interface PackingRenderer {
  /** @throws CodedError as `Renderer.render` */
  render(request: RenderRequest, signal: AbortSignal): Promise<PackedOutcome>
}

const OBJECT_OVERHEAD_BYTES = 250
const DEPENDENCY_BYTES = 200
const FORMER_BYTES = 150

export function packOutcome(outcome: Rendering | RemotesNeeded): PackedOutcome {
  return 'needs' in outcome ? outcome : packRendering(outcome)
}

export function packRendering(rendering: Rendering): PackedRendering {
  const objects = rendering.objects.map(packDesired)
  const packedBytes = objects.reduce((sum, { packed }) => sum + packed.length + OBJECT_OVERHEAD_BYTES, 0)
  return {
    objects,
    dependencies: rendering.dependencies,
    usedDestination: rendering.usedDestination,
    usedCommit: rendering.usedCommit === true,
    warnings: rendering.warnings,
    ...(rendering.release !== undefined && { release: rendering.release }),
    former: rendering.former ?? [],
    bytes:
      packedBytes + rendering.dependencies.length * DEPENDENCY_BYTES + (rendering.former?.length ?? 0) * FORMER_BYTES,
  }
}

export function packDesired(rendered: RenderedObject): PackedDesired {
  const { object, action, file, line, unstable, confidential, redacted, copies } = rendered
  const namespace = object.metadata.namespace
  const faults = markFaults(object)
  const defines = object.kind === 'CustomResourceDefinition' ? definedKind(object.spec) : undefined
  return {
    packed: packObject(object),
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: typeof namespace === 'string' ? namespace : '',
    name: object.metadata.name,
    action,
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(unstable !== undefined && unstable.length > 0 && { unstable }),
    ...(confidential === true && { confidential }),
    ...(redacted !== undefined && { redacted }),
    ...(copies !== undefined && { copies }),
    ...(defines !== undefined && { defines }),
    ...(faults !== undefined && { markFaults: faults }),
  }
}

function definedKind(spec: unknown): PackedDesired['defines'] {
  if (typeof spec !== 'object' || spec === null || !('group' in spec) || !('names' in spec)) return undefined
  const { group, names } = spec
  if (typeof group !== 'string' || typeof names !== 'object' || names === null || !('kind' in names)) return undefined
  const namespaced = !('scope' in spec) || spec.scope !== 'Cluster'
  return typeof names.kind === 'string' ? { group, kind: names.kind, namespaced } : undefined
}

export function unpackDesired(declared: PackedDesired): RenderedObject {
  const { packed, action, file, line, unstable, confidential, redacted } = declared
  return {
    object: unpackObject(packed),
    action,
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(unstable !== undefined && { unstable }),
    ...(confidential === true && { confidential }),
    ...(redacted !== undefined && { redacted }),
  }
}
