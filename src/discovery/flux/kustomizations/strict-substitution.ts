import { isJsonObject, type Json } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'

/** Where the controller's Deployment is found: `flux install` labels it, and without labels it has its name still. */
export const KUSTOMIZE_CONTROLLERS = [
  { labelSelector: 'app.kubernetes.io/component=kustomize-controller' },
  { fieldSelector: 'metadata.name=kustomize-controller' },
] as const

const GATE = 'StrictPostBuildSubstitutions'
/** From 1.9 on the feature gate is on by default. */
const ON_BY_DEFAULT = { major: 1, minor: 9 }

/**
 * Whether kustomize-controller fails on variables that have no value and no default, by its Deployment: its feature gates, else its
 * version. Without a Deployment to look at, it does not.
 */
export function isStrictSubstitution(deployments: Iterable<KubernetesObject>): boolean {
  for (const { spec } of deployments) {
    for (const container of containersOf(spec)) {
      const image = isJsonObject(container) && typeof container.image === 'string' ? container.image : ''
      if (!image.includes('kustomize-controller')) continue
      const args = isJsonObject(container) && Array.isArray(container.args) ? container.args : []
      return gateIn(args) ?? isOnByDefault(image)
    }
  }
  return false
}

function containersOf(spec: Json | undefined): readonly Json[] {
  const template = isJsonObject(spec) ? spec.template : undefined
  const pod = isJsonObject(template) ? template.spec : undefined
  return isJsonObject(pod) && Array.isArray(pod.containers) ? pod.containers : []
}

/** `--feature-gates=A=true,B=false`, also as two arguments; the last one counts. */
function gateIn(args: readonly Json[]): boolean | undefined {
  const texts = args.filter((arg) => typeof arg === 'string')
  let found: boolean | undefined
  texts.forEach((arg, index) => {
    const value = /^--feature-gates=(.*)$/.exec(arg)?.[1] ?? (arg === '--feature-gates' ? texts[index + 1] : undefined)
    for (const gate of value?.split(',') ?? []) {
      const [name, state] = gate.split('=')
      if (name?.trim() === GATE) found = state?.trim().toLowerCase() === 'true'
    }
  })
  return found
}

function isOnByDefault(image: string): boolean {
  const [, major, minor] = /:v?(\d+)\.(\d+)/.exec(image) ?? []
  if (major === undefined || minor === undefined) return false
  const isLater = Number(major) > ON_BY_DEFAULT.major
  return isLater || (Number(major) === ON_BY_DEFAULT.major && Number(minor) >= ON_BY_DEFAULT.minor)
}
