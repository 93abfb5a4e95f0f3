import type { App } from '../../model/app.ts'
import type { Confidential } from '../../model/confidential.ts'
import type { Encrypted } from '../../model/encrypted.ts'
import type { Failure } from '../../model/failure.ts'
import { appId } from '../../model/identity.ts'
import type { Settings } from '../../model/settings.ts'
import type { StoredRelease } from './stored-release.ts'

/** Whoever ran Helm: the program itself, Terraform, Flux before somebody else took over. */
const MANAGERS = ['helm', 'Helm', 'helm-controller', 'terraform-provider-helm*']

/**
 * A release that `helm install` made, as an app of its own: what Helm stored of it is what should be there.
 * @param namespace and `name` of the release, which are those of its storage
 */
export function releaseApp(
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
    ...('failure' in release
      ? { problem: { ...release.failure, app: name } }
      : { storedRelease: { namespace, release: name, storage: encrypt(release.content) } }),
  }
}
