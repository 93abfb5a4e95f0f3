import type { Failure } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { DestinationVersions, RenderSource } from '../../model/sources/rendering.ts'
import type { SandboxFunction } from '../../model/sources/sandbox.ts'
import type { ArgoSourceOptions } from '../../model/sources/source.ts'
import type { RecordedSources } from '../recorded-sources.ts'
import type { BuildEnvironment } from './build-environment.ts'

/** What the renderer of one tool needs to know of the source that it renders. */
export interface SourceContext {
  /** Index into `sources`. */
  readonly index: number
  readonly sources: readonly RenderSource[]
  readonly options: ArgoSourceOptions
  /** The app's folder, symlinks followed. */
  readonly path: string
  readonly files: RecordedSources
  readonly environment: BuildEnvironment
  readonly destination: DestinationVersions
  readonly documentBytes: number
  /** Calls a function of the sandbox. @throws CodedError */
  call(fn: SandboxFunction, input: unknown): SandboxAnswer
  /** Adds a warning; rendering goes on. */
  warn(warning: Failure): void
}

export interface SandboxAnswer {
  readonly output: Json
  readonly usedEnvironment: boolean
}

/** A document as a tool printed it, before it is validated. */
export interface RawObject {
  readonly value: Json
  /** From the root of the repository. */
  readonly file?: string
  readonly line?: number
  /** JSON pointers of values that depend on where the tool runs, so that the controller's may differ. */
  readonly unstable?: readonly string[]
}

/** What one source rendered to, in one environment. */
export interface SourceOutput {
  readonly objects: readonly RawObject[]
  /** Rendering in another environment may give something else. */
  readonly usedEnvironment: boolean
  /** It used the destination's versions. */
  readonly usedDestination: boolean
}
