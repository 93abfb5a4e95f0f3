import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'

/** Resources as tests need them: what is given is laid over what is usual. */
export function kustomization(spec: JsonObject = {}, rest: JsonObject = {}): KubernetesObject {
  return resource('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'shop', rest, {
    interval: '10m',
    path: './apps/shop',
    prune: true,
    sourceRef: { kind: 'GitRepository', name: 'fleet' },
    ...spec,
  })
}

export function gitRepository(spec: JsonObject = {}, name = 'fleet'): KubernetesObject {
  return resource(
    'source.toolkit.fluxcd.io/v1',
    'GitRepository',
    name,
    {},
    {
      interval: '1m',
      url: `https://git.example.com/${name}.git`,
      ref: { branch: 'main' },
      ...spec,
    },
  )
}

/** With a chart in Git. */
export function helmRelease(spec: JsonObject = {}, rest: JsonObject = {}): KubernetesObject {
  return resource('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'web', rest, {
    interval: '10m',
    chart: { spec: { chart: './charts/web', sourceRef: { kind: 'GitRepository', name: 'fleet' } } },
    ...spec,
  })
}

export function configMap(name: string, data: JsonObject, namespace = 'flux-system'): KubernetesObject {
  return asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data })
}

export function secret(name: string, stringData: JsonObject, namespace = 'flux-system'): KubernetesObject {
  return asKubernetesObject({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData })
}

function resource(
  apiVersion: string,
  kind: string,
  name: string,
  rest: JsonObject,
  spec: JsonObject,
): KubernetesObject {
  const metadata: Json = { name, namespace: 'flux-system', ...(rest.metadata as JsonObject | undefined) }
  return asKubernetesObject({ apiVersion, kind, ...rest, metadata, spec })
}
