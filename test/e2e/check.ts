import { MAIN } from '../commands/program.ts'
import { run } from '../servers/run.ts'
import { assertNoLeak } from './leaks.ts'

/** One app of `check --output json`, as far as these tests look at it. */
export interface CheckedApp {
  readonly identity: { readonly name: string; readonly destination: string }
  readonly status: string
  readonly cause: string | null
  readonly reason: string | null
  readonly message: string | null
  readonly objects: readonly CheckedObject[]
}

export interface CheckedObject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly state: string
  readonly invalidFields?: readonly string[]
  readonly differences: readonly {
    readonly path: string
    readonly class: string
    readonly effect: string
    readonly actor?: { readonly manager: string }
  }[]
}

/** A line for each object that is not synced, and for each difference with who made it. */
export function objectLines({ objects }: Pick<CheckedApp, 'objects'>): readonly string[] {
  return objects.flatMap(({ kind, name, state, differences, invalidFields = [] }) => [
    ...(['synced', 'changed'].includes(state) ? [] : [`${kind}/${name} ${state}`]),
    ...differences
      .filter(({ path }) => path !== '')
      .map(({ path, class: of, effect, actor }) =>
        `${kind}/${name} ${of} ${path} ${effect} ${actor?.manager ?? ''}`.trim(),
      ),
    ...invalidFields.map((path) => `${kind}/${name} invalid ${path}`),
  ])
}

export interface Checked {
  readonly code: number
  readonly apps: readonly (CheckedApp & { readonly identity: { readonly kind: string } })[]
}

/** Runs `check` of the built program, which starts from nothing, and reads its JSON. Nothing of it holds a secret of the test. */
export async function check(config: string, ...args: readonly string[]): Promise<Checked> {
  const { code, stdout, stderr } = await run(
    process.execPath,
    [MAIN, 'check', '--config', config, '--output', 'json', '--log-level', 'debug', ...args],
    {
      accept: [0, 1, 2],
      timeoutSeconds: 180,
    },
  )
  await assertNoLeak(config, { stdout, stderr })
  return { code, apps: JSON.parse(stdout).apps }
}
