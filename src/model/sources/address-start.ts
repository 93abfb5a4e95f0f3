/** The start of an address, spelled like one: what a rewrite of the config file matches, and what it puts in its place. */
export type AddressPrefix = string & { readonly __brand: 'AddressPrefix' }

/** A text with stars that matches whole addresses, spelled like one. */
export type AddressPattern = string & { readonly __brand: 'AddressPattern' }

/** @param text of the config file */
export function addressPrefix(text: string): AddressPrefix {
  return spelledLikeAddress(text) as AddressPrefix
}

/** @param text of the config file, with a star */
export function addressPattern(text: string): AddressPattern {
  return spelledLikeAddress(text) as AddressPattern
}

/**
 * The start of a URL in the spelling of addresses, though it is no whole one: scheme and host in lower case, of http(s) no user info
 * and no default port.
 */
export function spelledLikeAddress(text: string): string {
  const lower = text.replace(
    /^([a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?)([^/]*)|^([^/:@]*@)([^/:]*)/i,
    (_, start = '', host = '', user = '', scpHost = '') =>
      `${start.replace(/^[^:]*/, (scheme: string) => scheme.toLowerCase())}${host.toLowerCase()}${user}${scpHost.toLowerCase()}`,
  )
  return lower
    .replace(/^(https?:\/\/)[^/@]*@/, '$1')
    .replace(/^(http:\/\/[^/]*):80(?=\/|$)|^(https:\/\/[^/]*):443(?=\/|$)/, '$1$2')
}
