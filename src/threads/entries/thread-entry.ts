/** Threads are entries of their own: TypeScript files beside this one, and bundles beside the program once built. */
export function threadEntry(name: 'engine' | 'git' | 'pool'): URL {
  return new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}
