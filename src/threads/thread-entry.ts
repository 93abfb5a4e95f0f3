/** Threads are entries of their own: TypeScript files in `entries`, and bundles beside the program once built. */
export function threadEntry(name: 'engine' | 'git' | 'journal' | 'pool'): URL {
  const isSource = import.meta.url.endsWith('.ts')
  return new URL(isSource ? `./entries/${name}.ts` : `./${name}.js`, import.meta.url)
}
