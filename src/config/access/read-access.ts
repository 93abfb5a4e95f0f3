import { isIP } from 'node:net'
import type { AccessSettings } from '../../model/access.ts'
import type { Settings } from '../../model/settings.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import type { ParseContext } from '../parse-context.ts'
import { readSeconds } from '../repositories/read-repositories.ts'
import type { ClusterFile, ConfigFile } from '../schema.ts'

type AccessFile = NonNullable<ConfigFile['pages']['access']>

/** Who may see what on the pages. */
export function readAccess(
  access: AccessFile | undefined,
  { clusters, externalUrl }: { readonly clusters: readonly ClusterFile[]; readonly externalUrl: string | undefined },
  context: ParseContext,
): Pick<Settings, 'access'> {
  if (access === undefined) return {}
  const { roles, proxy, tokens, oidc, argocd } = access
  for (const [index, { users, groups }] of roles.entries())
    if (users.length === 0 && groups.length === 0)
      context.reportIssue(`/pages/access/roles/${index}`, 'needs users or groups')
  if (proxy === undefined && tokens === undefined && oidc === undefined)
    context.reportIssue('/pages/access', 'needs proxy, tokens or oidc: nobody could say who he is')
  if (tokens !== undefined) checkCluster('tokens', tokens.cluster, clusters, context)
  if (argocd !== undefined) checkCluster('argocd', argocd.cluster, clusters, context)
  return {
    access: {
      roles,
      ...(proxy !== undefined && { proxy: readProxy(proxy, context) }),
      ...(tokens !== undefined && { tokens }),
      ...(argocd !== undefined && { argocd }),
      ...(oidc !== undefined && readOidc(oidc, externalUrl, context)),
    },
  }
}

function readOidc(
  oidc: NonNullable<AccessFile['oidc']>,
  externalUrl: string | undefined,
  context: ParseContext,
): Pick<AccessSettings, 'oidc'> {
  const { session, clientSecretFile, sessionKeyFile, issuer, ...rest } = oidc
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  // In the clear anybody on the way could say who signed in.
  if (url === undefined || (url.protocol !== 'https:' && !(url.protocol === 'http:' && url.hostname === '127.0.0.1')))
    context.reportIssue('/pages/access/oidc/issuer', 'must be an https URL')
  if (externalUrl === undefined)
    context.reportIssue('/pages/access/oidc', 'needs externalUrl: where people come back to')
  return {
    oidc: {
      ...rest,
      issuer,
      externalUrl: externalUrl ?? '',
      sessionSeconds: readSeconds(session, '/pages/access/oidc/session', context),
      ...(sessionKeyFile !== undefined && { sessionKeyFile: context.absolute(sessionKeyFile) }),
      ...(clientSecretFile !== undefined && { clientSecretFile: context.absolute(clientSecretFile) }),
    },
  }
}

function checkCluster(
  key: 'tokens' | 'argocd',
  name: string,
  clusters: readonly ClusterFile[],
  context: ParseContext,
): void {
  const pointer = `/pages/access/${key}/cluster`
  const found = clusters.find((cluster) => cluster.name === name)
  const names = clusters.map((cluster) => cluster.name)
  if (found === undefined)
    context.reportIssue(pointer, `no cluster has the name ${JSON.stringify(name)}${didYouMean(name, names)}`)
  else if (found.snapshot !== undefined)
    context.reportIssue(pointer, `${JSON.stringify(name)} is a snapshot: no API server is there to be asked`)
}

function readProxy(
  proxy: NonNullable<AccessFile['proxy']>,
  context: ParseContext,
): NonNullable<AccessSettings['proxy']> {
  const { addresses, clientNames, userHeader, groupsHeader } = proxy
  if (addresses.length === 0 && clientNames.length === 0)
    context.reportIssue('/pages/access/proxy', 'needs addresses or clientNames: anybody could say that he is anybody')
  if (clientNames.length > 0 && !context.isWritten('/pages/webConfigFile'))
    context.reportIssue('/pages/access/proxy/clientNames', 'needs pages.webConfigFile with client certificates')
  for (const [index, text] of addresses.entries())
    if (!isNetwork(text))
      context.reportIssue(
        `/pages/access/proxy/addresses/${index}`,
        `${JSON.stringify(text)} is no address and no network, such as "10.0.0.0/8"`,
      )
  return { addresses, clientNames, userHeader: userHeader.toLowerCase(), groupsHeader: groupsHeader.toLowerCase() }
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128))
}
