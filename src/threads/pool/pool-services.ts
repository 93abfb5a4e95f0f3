import type { ParseSnapshotFile } from '../../clusters/snapshot/parse-file.ts'
import type { DiscoveryContext } from '../../discovery/discovery.ts'
import type { PackingRenderer } from '../../engine/desired/packed-rendering.ts'
import type { PointerQuery } from '../../engine/ports.ts'
import { CodedError } from '../../model/failure.ts'
import type { LimitSettings } from '../../model/settings.ts'
import type { ThreadPool } from './thread-pool.ts'

/** 64 MB of YAML take under a minute on a slow machine. */
const SNAPSHOT_FILE_SECONDS = 120

export function poolRenderer(pool: ThreadPool, limits: LimitSettings): PackingRenderer {
  return {
    async render(request, signal) {
      const result = await pool.run(
        { type: 'render', request },
        { name: 'rendering', timeoutSeconds: limits.renderSeconds, signal },
      )
      if (result.type !== 'rendering') throw new CodedError('GDE_INTERNAL', `a rendering gave ${result.type}`)
      return result.rendering
    },
  }
}

export function poolGenerator(pool: ThreadPool, limits: LimitSettings): DiscoveryContext['generate'] {
  return async (request, signal) => {
    const result = await pool.run(
      { type: 'applicationSet', request, time: Date.now() },
      { name: 'computing an ApplicationSet', timeoutSeconds: limits.renderSeconds, signal },
    )
    if (result.type !== 'applicationSet') throw new CodedError('GDE_INTERNAL', `an ApplicationSet gave ${result.type}`)
    return result.step
  }
}

/** Path expressions take microseconds; one that takes this long loops. */
const POINTERS_SECONDS = 5

export function poolPointerQuery(pool: ThreadPool): PointerQuery {
  return async (expressions, objects, signal) => {
    const result = await pool.run(
      { type: 'pointers', expressions, objects },
      { name: 'jq', timeoutSeconds: POINTERS_SECONDS, signal },
    )
    if (result.type !== 'pointers') throw new CodedError('GDE_INTERNAL', `jq gave ${result.type}`)
    return result.pointers
  }
}

export function poolSnapshotParser(pool: ThreadPool): ParseSnapshotFile {
  return async (bytes, file, signal) => {
    const result = await pool.run(
      { type: 'snapshotFile', bytes, file },
      { name: `reading ${file}`, timeoutSeconds: SNAPSHOT_FILE_SECONDS, signal, transfer: wholeBuffer(bytes) },
    )
    if (result.type !== 'snapshotFile') throw new CodedError('GDE_INTERNAL', `a snapshot file gave ${result.type}`)
    return result.file
  }
}

/** Small reads share a buffer; only a buffer that holds nothing else can be transferred. */
function wholeBuffer({ buffer, byteLength }: Uint8Array): readonly ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
