import type { AppIdentity } from '../../model/identity.ts'
import { visibleText } from '../../model/visible-text.ts'

/** A label and the value that it has to have. */
export type SilenceMatcher = readonly [label: string, value: string]

/** What every alert about the app carries, and no alert about another one: the labels that name it, those that are empty left out. */
export function silenceMatchers({
  controller,
  kind,
  declaredIn,
  namespace,
  name,
  destination,
}: AppIdentity): readonly SilenceMatcher[] {
  const labels: readonly SilenceMatcher[] = [
    ['app_name', name],
    ['app_namespace', namespace],
    ['app_kind', kind],
    ['app_cluster', declaredIn],
    ['controller', controller],
    ['dest_cluster', destination],
  ]
  return labels.filter(([, value]) => value !== '')
}

/** `app_name="shop"`, as Alertmanager reads it: the value is a quoted string of Go, whose escapes JSON's are a part of. */
export function matcherText([label, value]: SilenceMatcher): string {
  return `${label}=${JSON.stringify(visibleText(value))}`
}

/** `{app_name="shop",dest_cluster="prod-eu"}`, for the form of Alertmanager. */
export function matchersText(matchers: readonly SilenceMatcher[]): string {
  return `{${matchers.map(matcherText).join(',')}}`
}
