import type { PathStep } from '../kubernetes/managed-fields.ts'
import { groupVersion } from '../kubernetes/object.ts'
import { sameValue } from '../kubernetes/same-value.ts'
import { UNKNOWN } from '../kubernetes/schema/node.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { matchesPattern } from '../text/star-pattern.ts'

interface ProgramWrite {
  readonly manager: string
  /** Absent is any. */
  readonly group?: string
  readonly kind?: string
  readonly name?: string
  /** From the root down, with `*` for any run of characters; what lies below is meant as well. An item is named by its value. */
  readonly path: readonly string[]
  /** The program writes this value and no other. */
  readonly value?: Json
}

/** Rancher's controllers keep their books in keys of its own domain, whoever clicked; people's own keys have other domains. */
const RANCHER: readonly ProgramWrite[] = ['annotations', 'labels', 'finalizers'].flatMap((holder) =>
  ['cattle.io/*', '*.cattle.io/*'].map((key) => ({ manager: 'rancher', path: ['metadata', holder, key] })),
)

const ARGOCD = 'argoproj.io'
const ARGOCD_SECRET = { manager: 'argocd-server', group: '', kind: 'Secret', name: 'argocd-secret' } as const

/**
 * What programs write under a field manager that people write under as well. Rancher's server and Argo CD's API server write for whoever
 * uses their pages, under the name of the program, and for themselves. From `initializeDefaultProject` and `InitializeSettings` of Argo CD.
 */
const PROGRAM_WRITES: readonly ProgramWrite[] = [
  ...RANCHER,
  // A sync that was asked for: the application controller takes it away when it begins.
  { manager: 'argocd-server', group: ARGOCD, kind: 'Application', path: ['operation'] },
  // Made at its start where they are not there. The password is in the same entry when somebody changes it, which is no config.
  ...['server.secretkey', 'tls.crt', 'tls.key', 'admin.password', 'admin.passwordMtime'].map((key) => ({
    ...ARGOCD_SECRET,
    path: ['data', key],
  })),
  ...Object.entries({
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  }).map(([field, value]) => ({
    manager: 'argocd-server',
    group: ARGOCD,
    kind: 'AppProject',
    name: 'default',
    path: ['spec', field],
    value,
  })),
]

/** Whether the manager, which people write under as well, writes the value at the path by itself. */
export function isProgramWrite(manager: string, object: KubernetesObject, path: readonly PathStep[]): boolean {
  return PROGRAM_WRITES.some(
    (write) =>
      write.manager === manager &&
      (write.group === undefined || write.group === groupVersion(object.apiVersion).group) &&
      (write.kind === undefined || write.kind === object.kind) &&
      (write.name === undefined || write.name === object.metadata.name) &&
      write.path.length <= path.length &&
      write.path.every((pattern, index) => isAt(pattern, path[index])) &&
      (write.value === undefined || sameValue(write.value, valueAt(object, write.path), UNKNOWN)),
  )
}

function isAt(pattern: string, step: PathStep | undefined): boolean {
  const name = typeof step === 'object' ? step.item : step
  return typeof name === 'string' && matchesPattern(pattern, name)
}

function valueAt(object: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (isJsonObject(value) ? value[key] : undefined), object)
}
