import { argocdPolicies, reviewAccess } from '../../clusters/review-access.ts'
import { readSecretFile } from '../../credentials/secret-text.ts'
import type { HttpOptions } from '../../http/ports.ts'
import { CodedError } from '../../model/failure.ts'
import type { Settings } from '../../model/settings.ts'
import { type Shard, shardUrl } from '../../model/shard.ts'

const LEAST_KEY = 32

/** Who may see what, with whoever says whose a token is. The config was held to name a cluster that there is. */
export async function openAccess(
  { access, clusters }: Settings,
  shard: Shard | undefined,
  parts: AsyncDisposableStack,
): Promise<HttpOptions['access'] | undefined> {
  if (access === undefined) return undefined
  const { tokens, oidc, argocd } = access
  const secretFile = oidc?.clientSecretFile
  const spec = tokens && clusters.find(({ name }) => name === tokens.cluster)
  const reviews = spec && parts.adopt(reviewAccess(spec, tokens?.audiences ?? []), (one) => one.close())
  const argocdSpec = argocd && clusters.find(({ name }) => name === argocd.cluster)
  const policies = argocdSpec && parts.adopt(argocdPolicies(argocdSpec, argocd.namespace), (one) => one.close())
  // People come back to the shard that they asked.
  const externalUrl = shardUrl(oidc?.externalUrl, shard?.index ?? 0)
  return {
    settings: { ...access, ...(oidc && externalUrl !== undefined && { oidc: { ...oidc, externalUrl } }) },
    ...(oidc?.sessionKeyFile !== undefined && { sessionKey: await readSessionKey(oidc.sessionKeyFile) }),
    ...(secretFile !== undefined && { clientSecret: () => readSecretFile(secretFile) }),
    ...(reviews !== undefined && { reviews }),
    ...(policies !== undefined && { argocdPolicies: policies.read }),
  }
}

async function readSessionKey(file: string): Promise<string> {
  const key = await readSecretFile(file)
  if (key.length < LEAST_KEY)
    throw new CodedError('GDE_CONFIG_INVALID', `what sessions are signed with has less than ${LEAST_KEY} bytes`, {
      file,
    })
  return key
}
