import { spelledLikeAddress } from '../../model/sources/address-start.ts'
import { RepositoryUrl, readRepositoryUrl } from '../../model/sources/repository-url.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'

/** Stands for the slash that ends the host, which a star does not match; no URL that is read in one way holds it. */
const END_OF_HOST = '\u0000'

/**
 * Whether one of the globs of the config file matches an http(s) URL without its user info. `*` matches anything in the path, and
 * nothing but the host in the host: `http://*.example.com/*` does not match `http://127.0.0.1/x.example.com/y`. A star alone matches all.
 * What can be read in two ways matches nothing.
 */
export function urlMatches(url: RepositoryUrl | string, globs: readonly string[]): boolean {
  const read = typeof url === 'string' ? readRepositoryUrl(url) : url
  return read instanceof RepositoryUrl && globs.some((glob) => /^\*+$/.test(glob) || hostGlobMatches(glob, read))
}

function hostGlobMatches(glob: string, { address, origin }: RepositoryUrl): boolean {
  const matcher = gobwasGlob(hostPattern(glob), END_OF_HOST)
  if (matcher === undefined) return false
  // The root of a host with and without its slash; ssh with and without its user.
  const spellings = [address, address === origin ? `${address}/` : address.replace(/^([^:/]*:\/\/)[^/@]*@/, '$1')]
  return spellings.some((one) => matcher.test(one.replace(/^([^:]*:\/\/[^/]*)\//, `$1${END_OF_HOST}`)))
}

/** Spelled like an address; a slash stands for both kinds of them. */
function hostPattern(glob: string): string {
  return spelledLikeAddress(glob).replace(/\\.|\*+|\//gs, (part) =>
    part === '/' || part === '\\/' ? `{/,${END_OF_HOST}}` : part.startsWith('*') ? '*' : part,
  )
}
