import type { ClusterConnector } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { GroupKind, KubernetesObject } from '../../model/object.ts'
import { textAt, textsAt } from '../fields/lenient-fields.ts'
import type { Informer } from '../informers/informer.ts'
import { followNamespaces } from '../informers/namespace-informers.ts'
import { type ObjectInformer, startObjectInformer } from '../informers/object-informer.ts'
import { stripResource } from './applications/stripped-resource.ts'
import { type ArgocdSettings, readSettings } from './argocd-settings.ts'

/** The settings of one Argo CD, and where it lives. */
export interface SettingsInformer {
  /** Argo CD's own, where its settings, projects and Secrets are; undefined while that is not known. */
  readonly namespace: string | undefined
  readonly settings: ArgocdSettings
  /** Settings that cannot be read: what Applications mean is not known without them. */
  readonly failure: Failure | undefined
  readonly informers: readonly Pick<Informer<unknown>, 'state' | 'failure'>[]
}

const CONFIG_MAP: GroupKind = { group: '', kind: 'ConfigMap' }
const NAMES = {
  general: 'argocd-cm',
  parameters: 'argocd-cmd-params-cm',
  knownHosts: 'argocd-ssh-known-hosts-cm',
  certificates: 'argocd-tls-certs-cm',
}
const USUAL_NAMESPACE = 'argocd'

/** @param namespaces of the config, `*` among them for any @param onChange after the settings were read anew, or failed */
export function startSettingsInformer(
  connector: ClusterConnector,
  namespaces: readonly string[],
  onChange: () => void,
  signal: AbortSignal,
): SettingsInformer {
  let namespace: string | undefined
  let settings: ArgocdSettings = readSettings({}, {})
  const follow = (name: string) =>
    followNamespaces(signal, (scope, until) => {
      const observe = { ...scope, fieldSelector: `metadata.name=${name}` }
      const options = { connector, kind: CONFIG_MAP, observe, transform: stripResource, onChange: read }
      return startObjectInformer(options, until)
    })
  const general = follow(NAMES.general)
  const parameters = follow(NAMES.parameters)
  const knownHosts = follow(NAMES.knownHosts)
  const certificates = follow(NAMES.certificates)
  const informers = () => [general, parameters, knownHosts, certificates].flatMap((one) => [...one.all()])

  function read(): void {
    if (informers().every(({ state }) => state !== 'listing')) {
      const found = objectsOf(general.all()).map(namespaceOf)
      namespace = chooseNamespace(namespaces, found)
      settings = readSettings(dataOf(general.all(), namespace), dataOf(parameters.all(), namespace), {
        knownHosts: dataOf(knownHosts.all(), namespace),
        certificates: dataOf(certificates.all(), namespace),
      })
    }
    onChange()
  }

  const scope = namespaces.includes('*') ? 'all' : namespaces
  general.set(scope)
  parameters.set(scope)
  knownHosts.set(scope)
  certificates.set(scope)
  return {
    get namespace() {
      return namespace
    },
    get settings() {
      return settings
    },
    get failure() {
      const own = [general, parameters].map((one) => one.of(namespace ?? ''))
      return own
        .map((informer) => (informer?.state === 'failed' ? informer.failure : undefined))
        .find((one) => one !== undefined)
    },
    get informers() {
      return informers()
    },
  }
}

/** The namespace of argocd-cm; without one, the first that the config names. */
function chooseNamespace(named: readonly string[], found: readonly string[]): string {
  const inOrder = [...named, USUAL_NAMESPACE, ...found.toSorted()]
  const [first = USUAL_NAMESPACE] = named.filter((namespace) => namespace !== '*')
  return inOrder.find((namespace) => found.includes(namespace) && namespace !== '') ?? first
}

function dataOf(informers: readonly ObjectInformer[], namespace: string): Readonly<Record<string, string>> {
  const own = objectsOf(informers).find((object) => namespaceOf(object) === namespace)
  return own === undefined ? {} : textsAt(own, 'data')
}

function objectsOf(informers: readonly ObjectInformer[]): readonly KubernetesObject[] {
  return informers.flatMap((informer) => [...informer.objects.values()])
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return textAt(metadata, 'namespace')
}
