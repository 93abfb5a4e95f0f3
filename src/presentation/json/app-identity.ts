import type { AppIdentity } from '../../model/identity.ts'

/** The fields of an app's identity alone, as JSON output has them. */
export function identityOf({ controller, kind, declaredIn, namespace, name, destination }: AppIdentity): AppIdentity {
  return { controller, kind, declaredIn, namespace, name, destination }
}

/** `argocd/shop in prod-us`, for messages. */
export function identityText({ controller, name, destination }: AppIdentity): string {
  return `${controller} app ${name} in ${destination}`
}
