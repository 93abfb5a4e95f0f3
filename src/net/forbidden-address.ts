/** Networks that no URL of a resource may lead to: services there trust callers by their location. */
const FORBIDDEN_IPV4: readonly (readonly [network: string, bits: number, reason: string])[] = [
  ['0.0.0.0', 8, 'this host'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['100.100.100.200', 32, 'cloud metadata'],
  ['168.63.129.16', 32, 'cloud metadata'],
  ['192.0.0.192', 32, 'cloud metadata'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
]

/** As groups of 16 bits, so many of which count. */
const FORBIDDEN_IPV6: readonly (readonly [network: readonly number[], reason: string])[] = [
  [[0, 0, 0, 0, 0, 0, 0, 0], 'this host'],
  [[0, 0, 0, 0, 0, 0, 0, 1], 'loopback'],
  [[0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254], 'cloud metadata'],
  [[0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254], 'cloud metadata'],
]

/**
 * Why an address is refused for URLs that come from resources: loopback, link-local and metadata addresses, however they are
 * spelled (IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo's kin). Private networks are allowed: companies' Git servers
 * and API servers are there.
 * @param address an IPv4 or IPv6 address as Node prints it or a URL holds it, without brackets; a zone is ignored
 * @returns undefined when it is allowed; 'no address' for anything else than an address
 */
export function forbiddenAddress(address: string): string | undefined {
  const ipv4 = parseIpv4(address)
  if (ipv4 !== undefined) return forbiddenIpv4(ipv4)
  const groups = parseIpv6(address.split('%')[0] ?? '')
  return groups === undefined ? 'no address' : forbiddenIpv6(groups)
}

function forbiddenIpv4(address: number): string | undefined {
  return FORBIDDEN_IPV4.find(
    ([network, bits]) => address >>> (32 - bits) === (parseIpv4(network) ?? 0) >>> (32 - bits),
  )?.[2]
}

function forbiddenIpv6(groups: readonly number[]): string | undefined {
  const exact = FORBIDDEN_IPV6.find(([network]) => network.every((group, index) => group === groups[index]))
  if (exact !== undefined) return exact[1]
  const first = groups[0] ?? 0
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  if ((first & 0xff00) === 0xff00) return 'multicast'
  const inside = embeddedIpv4(groups)
  return inside === undefined ? undefined : forbiddenIpv4(inside)
}

/** The IPv4 address that an IPv6 address stands for. */
function embeddedIpv4(groups: readonly number[]): number | undefined {
  const pair = (index: number) => (((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0)) >>> 0
  const zeroUpTo = (end: number) => groups.slice(0, end).every((group) => group === 0)
  if (zeroUpTo(6) || (zeroUpTo(5) && groups[5] === 0xffff) || (zeroUpTo(4) && groups[4] === 0xffff)) return pair(6)
  // NAT64 (RFC 6052 and the local-use prefix of RFC 8215), then 6to4 (RFC 3056).
  if (groups[0] === 0x64 && groups[1] === 0xff9b) return pair(6)
  return groups[0] === 0x2002 ? pair(1) : undefined
}

function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  const bytes = match.slice(1).map(Number)
  if (bytes.some((byte) => byte > 255)) return undefined
  return bytes.reduce((address, byte) => address * 256 + byte, 0)
}

function parseIpv6(text: string): readonly number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const low = dotted === null ? undefined : parseIpv4(dotted[2] ?? '')
  if (dotted !== null && low === undefined) return undefined
  const plain = low === undefined ? text : `${dotted?.[1]}${(low >>> 16).toString(16)}:${(low & 0xffff).toString(16)}`
  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined
}
