import { COMMANDS } from '../command-list.ts'
import { type Command, PROGRAM } from './command.ts'
import type { OptionSpec } from './options.ts'

/** What a command says for `--help`. */
export function commandHelp(name: string, { about, options, examples }: Command): string {
  const specs = Object.entries(options)
  const usage = [`Usage: ${PROGRAM} ${name}`, ...specs.map(([option, spec]) => usageOf(option, spec))]
  const rows = [...specs.map(([option, spec]) => [written(option, spec), meaning(spec)]), ['--help', 'this text']]
  return `${usage.join(' ')}

${about}

Options:
${table(rows)}

Examples:
${examples.map((example) => `  ${example}`).join('\n')}
`
}

/** What the program says without a command and for `--help`. */
export function programHelp(): string {
  return `Usage: ${PROGRAM} COMMAND [options]

Compares what Git says with what runs in each cluster, and serves the verdicts to Prometheus.

Commands:
${table(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]))}

\`${PROGRAM} help COMMAND\` tells more, with examples.
`
}

/** The option and the word for its value. */
function written(option: string, spec: OptionSpec): string {
  switch (spec.type) {
    case 'flag':
      return `--${option}`
    case 'choice':
      return `--${option} ${spec.choices.join('|')}`
    case 'set':
      return `--${option} ${spec.choices.join(',')}`
    case 'argument':
      return spec.value
    case 'duration':
      return `--${option} DURATION`
    default:
      return `--${option} ${spec.value}`
  }
}

function usageOf(option: string, spec: OptionSpec): string {
  const text = written(option, spec)
  if ((spec.type === 'text' || spec.type === 'argument') && spec.required === true) return text
  return spec.type === 'list' ? `[${text}]...` : `[${text}]`
}

function meaning(spec: OptionSpec): string {
  switch (spec.type) {
    case 'list':
      return `${spec.help} (repeatable)`
    case 'argument':
      return `${spec.help}: ${spec.choices.join(', ')}`
    case 'set':
      return `${spec.help}, with commas between (default ${spec.default})`
    case 'choice':
      return `${spec.help} (default ${spec.default})`
    case 'duration':
      return `${spec.help} (default ${spec.default})`
    default:
      return spec.help
  }
}

function table(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([first = '']) => first.length))
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}  ${second}`).join('\n')
}
