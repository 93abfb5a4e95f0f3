/** How the image starts the program: the Dockerfile says the same, and benchmarks start it so. */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=16']
export const ENTRYPOINT: readonly string[] = ['node', ...NODE_FLAGS, '/app/dist/main.js']
export const COMMAND: readonly string[] = ['serve', '--config', '/etc/gitops-drift-exporter/config.yaml']
/** As in distroless images: nobody's. */
export const USER = 65532

/**
 * In place of the C library's allocator. What many threads read from sockets and compile in a first pass leaves holes in the heaps of the C library, which
 * it never gives back; this one does, while nothing happens, by a thread of its own. It takes less CPU, too (bench/RESULTS.md). Found by its name in the
 * folders of Debian, whatever the processor.
 */
export const ALLOCATOR = { package: 'libjemalloc2', library: 'libjemalloc.so.2' } as const

/** Two heaps for all threads leave less memory unused than the usual four a core. What is free is given back after two seconds. */
export const ALLOCATOR_SETTINGS = 'narenas:2,background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0'

/** @param library name or path of it */
export function startEnvironment(
  library: string = ALLOCATOR.library,
): Readonly<Record<'LD_PRELOAD' | 'MALLOC_CONF', string>> {
  return { LD_PRELOAD: library, MALLOC_CONF: ALLOCATOR_SETTINGS }
}
