import type { ExitCode, Terminal } from './command.ts'
import { runDiff } from './diff.ts'
import { needed, oneOf, readOptions } from './options.ts'

export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = readOptions(args, {
    desired: { type: 'string' },
    live: { type: 'string' },
    schema: { type: 'string', multiple: true, default: [] },
    manager: { type: 'string', multiple: true, default: [] },
    extra: { type: 'boolean', default: false },
    output: { type: 'string', default: 'text' },
  })
  return runDiff(
    {
      desired: needed(options.desired, '--desired'),
      live: needed(options.live, '--live'),
      schemas: options.schema,
      managers: options.manager,
      extra: options.extra,
      output: oneOf(options.output, ['text', 'json'], '--output'),
    },
    terminal,
  )
}
