import type { ConfidentialSecret } from '../../../src/model/clusters/cluster.ts'
import { Confidential } from '../../../src/model/confidential.ts'

/** A Secret of Argo CD with texts as its data. */
export function secretOf(
  type: 'cluster' | 'repository' | 'repo-creds',
  name: string,
  data: Readonly<Record<string, string>>,
  more: Partial<ConfidentialSecret> = {},
): ConfidentialSecret {
  return {
    namespace: 'argocd',
    name,
    type: 'Opaque',
    labels: { 'argocd.argoproj.io/secret-type': type },
    annotations: {},
    resourceVersion: '1',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, new Confidential(value)])),
    ...more,
  }
}
