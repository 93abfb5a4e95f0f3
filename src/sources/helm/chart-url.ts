/**
 * Where a chart lies: as its index says, or below the repository (pkg/repo/v1 ResolveReferenceURL of Helm).
 * @returns undefined for what is no URL of a scheme that charts are fetched by
 */
export function chartUrl(repository: URL, declared: string | undefined): string | undefined {
  if (declared === undefined || declared === '') return undefined
  if (/^oci:\/\/[^/]+\/./.test(declared)) return declared
  const base = new URL(repository)
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/`
  const url = URL.parse(declared, base.href)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  url.username = ''
  url.password = ''
  return url.href
}
