import { type ExitCode, type Terminal, UsageError } from './cli/command.ts'
import { readOptions, requireOneOf, requireOption } from './cli/options.ts'
import { STDIN } from './diff/read-objects.ts'
import { runDiff } from './diff.ts'

export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = readOptions(args, {
    desired: { type: 'string' },
    live: { type: 'string' },
    schema: { type: 'string', multiple: true, default: [] },
    manager: { type: 'string', multiple: true, default: [] },
    extra: { type: 'boolean', default: false },
    output: { type: 'string', default: 'text' },
  })
  const desired = requireOption(options.desired, '--desired')
  const live = requireOption(options.live, '--live')
  if (desired === STDIN && live === STDIN) throw new UsageError('only one side can be read from stdin')
  return runDiff(
    {
      desired,
      live,
      schemas: options.schema,
      managers: options.manager,
      extra: options.extra,
      output: requireOneOf(options.output, ['text', 'json'], '--output'),
    },
    terminal,
  )
}
