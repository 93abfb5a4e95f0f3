/** What one rendering may take. Time and memory of the sandbox are limited by who runs it. */
export interface RenderLimits {
  readonly filesRead: number
  readonly bytesRead: number
  readonly fileBytes: number
  readonly objects: number
}

const MEBIBYTE = 1024 * 1024

export const RENDER_LIMITS: RenderLimits = {
  filesRead: 20_000,
  bytesRead: 256 * MEBIBYTE,
  fileBytes: 32 * MEBIBYTE,
  objects: 50_000,
}
