import type { App } from '../../model/apps/app.ts'
import type { Confidential } from '../../model/confidential.ts'
import type { Encrypted } from '../../model/encrypted.ts'
import type { Failure } from '../../model/failure.ts'
import { appId } from '../../model/identity.ts'
import type { Settings } from '../../model/settings.ts'
import { isCounting, type StoredRelease } from './stored-release.ts'

/** Field managers of programs that run Helm: the CLI, Terraform, Flux before it was removed. */
const MANAGERS = ['helm', 'Helm', 'helm-controller', 'terraform-provider-helm*']

/**
 * A release that `helm install` made, as an app of its own: what Helm stored of it is what should be there.
 * @param namespace and `name` of the release, which are those of its storage
 */
export function releaseToApp(
  cluster: string,
  { namespace, name }: Pick<StoredRelease, 'namespace' | 'name'>,
  release: StoredRelease | { readonly failure: Failure },
  { comparing }: Settings,
  encrypt: (value: Confidential) => Encrypted,
): App {
  const identity = {
    controller: 'helm',
    kind: 'Release',
    declaredIn: cluster,
    namespace,
    name,
    destination: cluster,
  } as const
  return {
    ...identity,
    id: appId(identity),
    project: '',
    labels: {},
    sources: [],
    to: { cluster, server: '', namespace },
    tracking: { method: 'helm', release: name, namespace },
    policy: { ...comparing, managers: MANAGERS },
    autoSync: false,
    ...desiredOf({ namespace, name }, release, encrypt),
  }
}

function desiredOf(
  { namespace, name }: Pick<StoredRelease, 'namespace' | 'name'>,
  release: StoredRelease | { readonly failure: Failure },
  encrypt: (value: Confidential) => Encrypted,
): Pick<App, 'storedRelease' | 'pruning' | 'problem'> {
  if ('failure' in release) return { problem: { ...release.failure, app: name } }
  if (!isCounting(release.status)) return { problem: { ...neverDeployed(release), app: name } }
  const stored = (content: Confidential) => ({ namespace, release: name, storage: encrypt(content) })
  return {
    storedRelease: stored(release.content),
    pruning: { by: 'manifest', ...(release.before !== undefined && { before: stored(release.before) }) },
  }
}

/** What is in the cluster may be all of it or nothing: nobody says that it is as wanted. */
export function neverDeployed({ name, version, status }: StoredRelease): Failure {
  const what = status === 'failed' ? 'failed' : 'was begun and has not ended'
  return {
    code: 'GDE_HELM_STORAGE',
    message: `the release ${name} was never deployed: its installation ${what} (revision ${version} is ${status})`,
  }
}
