import { type Command, PROGRAM } from '../cli/command.ts'
import type { OptionSpec } from '../cli/options.ts'

type Commands = Readonly<Record<string, Command>>
type Shell = 'bash' | 'zsh' | 'fish'

/** What completes after an option or in place of an argument: fixed words, files, or nothing that can be known here. */
type Values = { readonly type: 'words'; readonly words: readonly string[] } | { readonly type: 'files' | 'free' }

/** A script that makes the shell complete commands, options and their values, from the table that `--help` is made of. */
export function completionScript(shell: Shell, commands: Commands): string {
  return SCRIPTS[shell](commands)
}

const SCRIPTS: Readonly<Record<Shell, (commands: Commands) => string>> = { bash, zsh, fish }

function valuesOf(spec: OptionSpec): Values {
  switch (spec.type) {
    case 'choice':
    case 'set':
    case 'argument':
      return { type: 'words', words: spec.choices }
    case 'text':
    case 'list':
      return { type: ['FILE', 'FOLDER', 'PATH'].includes(spec.value) ? 'files' : 'free' }
    case 'flag':
    case 'duration':
    case 'integer':
      return { type: 'free' }
    default:
      return spec satisfies never
  }
}

function optionsOf({ options }: Command): readonly (readonly [string, OptionSpec])[] {
  return Object.entries(options).filter(([, { type }]) => type !== 'argument')
}

function argumentWords({ options }: Command): readonly string[] {
  return Object.values(options).flatMap((spec) => (spec.type === 'argument' ? spec.choices : []))
}

function bash(commands: Commands): string {
  const names = Object.keys(commands).join(' ')
  const values = Object.entries(commands).flatMap(([name, command]) =>
    optionsOf(command).flatMap(([option, spec]) => {
      const found = valuesOf(spec)
      const pattern = `    ${name}:--${option})`
      if (spec.type === 'flag') return []
      if (found.type === 'words')
        return [`${pattern} COMPREPLY=($(compgen -W '${found.words.join(' ')}' -- "$cur")); return ;;`]
      return [`${pattern} ${found.type === 'files' ? 'compopt -o default; ' : ''}COMPREPLY=(); return ;;`]
    }),
  )
  const words = Object.entries(commands).map(([name, command]) => {
    const all = [...argumentWords(command), ...optionsOf(command).map(([option]) => `--${option}`), '--help']
    return `    ${name}) COMPREPLY=($(compgen -W '${all.join(' ')}' -- "$cur")) ;;`
  })
  return `# bash completion for ${PROGRAM}: source <(${PROGRAM} completion bash)
_${PROGRAM.replaceAll('-', '_')}() {
  local cur prev command
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$cur"))
    return
  fi
  case "$command:$prev" in
${values.join('\n')}
  esac
  case "$command" in
${words.join('\n')}
  esac
}
complete -F _${PROGRAM.replaceAll('-', '_')} ${PROGRAM}
`
}

/** Text inside single quotes, where only those end it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** In a description of `_arguments`, brackets and colons have a meaning. */
function zshText(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function zsh(commands: Commands): string {
  const described = Object.entries(commands).map(
    ([name, { summary }]) => `    ${quoted(`${zshText(name)}:${summary}`)}`,
  )
  const cases = Object.entries(commands).map(([name, command]) => {
    const options = optionsOf(command).map(([option, spec]) => {
      const found = valuesOf(spec)
      const repeat = spec.type === 'list' || spec.type === 'set' ? '*' : ''
      const action = found.type === 'words' ? `(${found.words.join(' ')})` : found.type === 'files' ? '_files' : ' '
      const value = spec.type === 'flag' ? '' : `:${zshText(option)}:${action}`
      return `        ${quoted(`${repeat}--${option}[${zshText(spec.help)}]${value}`)}`
    })
    const words = argumentWords(command)
    const argument = words.length === 0 ? [] : [`        ${quoted(`1:argument:(${words.join(' ')})`)}`]
    return `    ${name})
      _arguments \\
${[...options, ...argument, `        '--help[what it does]'`].join(' \\\n')}
      ;;`
  })
  return `#compdef ${PROGRAM}
# zsh completion for ${PROGRAM}: ${PROGRAM} completion zsh > "\${fpath[1]}/_${PROGRAM}"
_${PROGRAM}() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_${PROGRAM}" ]; then _${PROGRAM} "$@"; else compdef _${PROGRAM} ${PROGRAM}; fi
`
}

/** In single quotes of fish, a backslash escapes. */
function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

function fish(commands: Commands): string {
  const lines = Object.entries(commands).flatMap(([name, command]) => {
    const start = `complete -c ${PROGRAM} -n '__fish_seen_subcommand_from ${name}'`
    const options = optionsOf(command).map(([option, spec]) => {
      const found = valuesOf(spec)
      const value =
        found.type === 'words'
          ? ` -x -a ${fishQuoted(found.words.join(' '))}`
          : found.type === 'files'
            ? ' -r -F'
            : ' -x'
      return `${start} -l ${option}${spec.type === 'flag' ? ' -f' : value} -d ${fishQuoted(spec.help)}`
    })
    const words = argumentWords(command)
    return [
      `complete -c ${PROGRAM} -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(command.summary)}`,
      ...(words.length === 0 ? [] : [`${start} -f -a ${fishQuoted(words.join(' '))}`]),
      ...options,
    ]
  })
  return `# fish completion for ${PROGRAM}: ${PROGRAM} completion fish | source
${lines.join('\n')}
`
}
