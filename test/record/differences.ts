import type { CheckedApp } from '../e2e/check.ts'

/** All that is told of an app beside `Synced`, a line each: its status, objects that are not synced, differences with who made them. */
export function differencesOf({ status, cause, reason, objects }: CheckedApp): readonly string[] {
  const own = status === 'Synced' ? [] : [[status, cause ?? reason ?? ''].join(' ').trim()]
  return [
    ...own,
    ...objects.flatMap(({ kind, name, state, differences, invalidFields = [] }) => [
      ...(['synced', 'changed'].includes(state) ? [] : [`${kind}/${name} ${state}`]),
      ...differences
        .filter(({ path }) => path !== '')
        .map(({ path, class: of, effect, actor }) =>
          `${kind}/${name} ${of} ${path} ${effect} ${actor?.manager ?? ''}`.trim(),
        ),
      ...invalidFields.map((path) => `${kind}/${name} invalid ${path}`),
    ]),
  ]
}
