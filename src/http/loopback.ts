/** Whether only this machine can reach a listener on this address. */
export function isLoopbackAddress(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)
}

/**
 * Whether a Host header names this machine as itself. Any other name on a loopback listener means that a proxy passes requests on
 * from elsewhere, or that a web page has pointed its own name at 127.0.0.1 to read what is shown here.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  const name = /^(?:\[([^\]]+)\]|([^:]*))(?::\d+)?$/.exec(host)
  return isLoopbackAddress((name?.[1] ?? name?.[2] ?? '').toLowerCase())
}
