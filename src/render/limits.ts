/** What one rendering may use. Time and memory of the sandbox are limited by the caller. */
export interface RenderLimits {
  readonly filesRead: number
  readonly bytesRead: number
  readonly fileBytes: number
  /** One document of a plain manifest. */
  readonly documentBytes: number
  readonly objects: number
  /** What files of the sources name elsewhere. */
  readonly remotes: number
}

const MEBIBYTE = 1024 * 1024

const RENDER_LIMITS: RenderLimits = {
  filesRead: 20_000,
  bytesRead: 256 * MEBIBYTE,
  fileBytes: 32 * MEBIBYTE,
  documentBytes: 10_000_000,
  objects: 50_000,
  remotes: 200,
}

/** The default limits with overrides: a file may be as large as the largest document allowed in it. */
export function renderLimits(given: Partial<RenderLimits> = {}): RenderLimits {
  const fileBytes = Math.max(RENDER_LIMITS.fileBytes, given.documentBytes ?? 0)
  return { ...RENDER_LIMITS, fileBytes, ...given }
}
