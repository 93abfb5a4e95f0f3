import type { JsonObject } from '../../../../src/model/json.ts'

/** What applies `app`. */
export const KUSTOMIZATION: JsonObject = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'app', namespace: 'flux-system' },
  spec: {
    interval: '24h',
    path: './app',
    prune: true,
    targetNamespace: 'shop',
    sourceRef: { kind: 'GitRepository', name: 'platform' },
    decryption: { provider: 'sops', secretRef: { name: 'sops-keys' } },
  },
}
