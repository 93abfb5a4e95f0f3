import type { AppIdentity } from '../../model/identity.ts'

/** The identity alone, of whatever carries one: as JSON output names an app. */
export function identityOf({ controller, kind, declaredIn, namespace, name, destination }: AppIdentity): AppIdentity {
  return { controller, kind, declaredIn, namespace, name, destination }
}

/** `argocd/shop in prod-us`, for messages. */
export function identityText({ controller, name, destination }: AppIdentity): string {
  return `${controller} app ${name} in ${destination}`
}
