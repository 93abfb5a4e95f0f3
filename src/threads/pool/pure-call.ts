/** For calls of the sandbox that read no files. */
export const NO_FILES = { list: () => undefined, read: () => undefined, resolve: () => undefined }
/** For calls that use neither randomness nor the time: any values will do. */
export const PURE_ENVIRONMENT = { seed: 1, time: 0 }
