import type { SnapshotFile } from '../../clusters/snapshot/parse-file.ts'
import type { ApplicationSetStep } from '../../discovery/argocd/applicationset/generation.ts'
import type { ApplicationSetRequest } from '../../discovery/argocd/applicationset/inputs.ts'
import type { PackedRendering } from '../../engine/desired/packed-rendering.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { RenderRequest } from '../../model/rendering.ts'

/** What a pool thread can be asked to do. */
export type PoolJob =
  | { readonly type: 'render'; readonly request: RenderRequest }
  | { readonly type: 'snapshotFile'; readonly file: string; readonly bytes: Uint8Array }
  /**
   * One step of computing the Applications of an ApplicationSet. `time`: Unix milliseconds, for templates that read the
   * clock.
   */
  | { readonly type: 'applicationSet'; readonly request: ApplicationSetRequest; readonly time: number }
  /** Evaluates jq path expressions on objects. */
  | {
      readonly type: 'pointers'
      readonly expressions: readonly string[]
      readonly objects: readonly KubernetesObject[]
    }

export type PoolResult =
  | { readonly type: 'rendering'; readonly rendering: PackedRendering }
  | { readonly type: 'snapshotFile'; readonly file: SnapshotFile }
  | { readonly type: 'applicationSet'; readonly step: ApplicationSetStep }
  | { readonly type: 'pointers'; readonly pointers: readonly (readonly string[])[] }

/** `lacksSandbox`: the job has to be sent again once the thread has loaded the sandbox. */
export type PoolAnswer = PoolResult | { readonly type: 'lacksSandbox' }

/** What a pool thread answers the engine. */
export type PoolMethods = { work(job: PoolJob): PoolAnswer }

/** What a pool thread answers main. */
export type PoolControlMethods = { loadSandbox(module: WebAssembly.Module): void }
