import { BlockList, isIPv6 } from 'node:net'
import type { Identity, TrustedProxy } from '../../model/access.ts'

/** Who a request says it is of, and from where it comes. */
export interface ProxiedRequest {
  readonly address: string
  /** Alternative names of its client certificate, if that was verified. */
  readonly clientNames: readonly string[]
  /** As Node's `headersDistinct`: every line of a header. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>
}

const LONGEST_NAME = 256
const MOST_GROUPS = 500

/**
 * Reads the headers of a trusted proxy; nobody's where the request does not come from it, where nothing says how it is known, or
 * where it names no user or several. Groups stand in several
 * lines, or with commas between them.
 */
export function createProxyReader(proxy: TrustedProxy): (request: ProxiedRequest) => Identity | undefined {
  const addresses = new BlockList()
  for (const text of proxy.addresses) {
    const [address = '', length] = text.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (length === undefined) addresses.addAddress(address, family)
    else addresses.addSubnet(address, Number(length), family)
  }
  const isKnown = proxy.addresses.length > 0 || proxy.clientNames.length > 0
  const isProxy = ({ address, clientNames }: ProxiedRequest): boolean =>
    isKnown &&
    (proxy.addresses.length === 0 || isIn(addresses, address)) &&
    (proxy.clientNames.length === 0 || clientNames.some((name) => proxy.clientNames.includes(name)))

  return (request) => {
    if (!isProxy(request)) return undefined
    const [user, ...others] = request.headers[proxy.userHeader] ?? []
    if (user === undefined || others.length > 0 || !isName(user)) return undefined
    const groups = (request.headers[proxy.groupsHeader] ?? [])
      .flatMap((line) => line.split(','))
      .map((group) => group.trim())
      .filter(isName)
    return { user, groups: groups.slice(0, MOST_GROUPS) }
  }
}

function isIn(addresses: BlockList, address: string): boolean {
  // What came by IPv4 to a socket of both is written so.
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  return addresses.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
}

function isName(text: string): boolean {
  return text !== '' && text.length <= LONGEST_NAME
}
