import { type CheckedApp, objectLines } from '../e2e/check.ts'

/** All that is told of an app beside `Synced`, a line each: its status, objects that are not synced, differences with who made them. */
export function differencesOf(app: CheckedApp): readonly string[] {
  const { status, cause, reason } = app
  const own = status === 'Synced' ? [] : [[status, cause ?? reason ?? ''].join(' ').trim()]
  return [...own, ...objectLines(app)]
}
