import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { CodedError } from '../model/failure.ts'
import { forbiddenAddress } from './forbidden-address.ts'

/**
 * Resolves a name and refuses addresses that URLs of resources may not lead to. Used as `lookup` of the connection, so
 * the checked address is the one connected to (no DNS rebinding).
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    for (const { address } of addresses) {
      const reason = forbiddenAddress(address)
      if (reason !== undefined) return callback(notPermitted(hostname, reason), [])
    }
    const [first] = addresses
    if (options.all === true || first === undefined) return callback(null, addresses)
    return callback(null, first.address, first.family)
  })
}

/** Checks literal addresses, which never pass through `lookup`. @throws CodedError `GDE_NOT_PERMITTED` */
export function guardUrl(url: URL): void {
  if (url.protocol !== 'https:')
    throw new CodedError('GDE_NOT_PERMITTED', `a URL of a resource must be https, not ${url.protocol.slice(0, -1)}`)
  guardHost(url.hostname.replace(/^\[(.*)\]$/, '$1'))
}

/** The same for a name or an address alone, IPv6 without brackets. @throws CodedError `GDE_NOT_PERMITTED` */
export function guardHost(host: string): void {
  const reason = isIP(host) === 0 ? localName(host) : forbiddenAddress(host)
  if (reason !== undefined) throw notPermitted(host, reason)
}

/** Checked by name, since behind a proxy names are resolved by the proxy. */
function localName(host: string): string | undefined {
  return /^(?:.*\.)?localhost\.?$/i.test(host) ? 'loopback' : undefined
}

function notPermitted(host: string, reason: string): CodedError {
  return new CodedError('GDE_NOT_PERMITTED', `${host} is a ${reason} address, which a URL of a resource may not name`)
}
