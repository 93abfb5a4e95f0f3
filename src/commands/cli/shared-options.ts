import { LOG_LEVELS } from '../../model/log.ts'
import type { OptionSpec, OptionSpecs } from './options.ts'

// Options that several commands have.

export const ALL_ABOUT = `With --all it reads the commit that is checked out in a folder, and no cluster: Applications, ApplicationSets and the resources
of Flux in its files, and what these declare in turn. Other repositories are fetched as for everything else, with a config's credentials.
Exit codes with --all: 0 all computed, 2 some failed, 3 none failed, but some need a cluster, another repository or what is
not supported.`
export const CONFIG = {
  type: 'text',
  value: 'FILE',
  required: true,
  help: 'the config file',
} as const satisfies OptionSpec
export const ALL_OPTIONS = {
  path: { type: 'list', value: 'DIR', help: 'with --all: a folder that a cluster begins with' },
  repository: { type: 'list', value: 'URL', help: 'with --all: a URL of this repository beside its remotes' },
  offline: { type: 'flag', help: 'with --all: read nothing but the checkout, and what the config names' },
} as const satisfies OptionSpecs
/** Without one it looks where it runs. */
export const ANY_CONFIG = {
  type: 'text',
  value: 'FILE',
  help: 'the config file; without one, or without apps and discovery in it, what is found here is read',
} as const satisfies OptionSpec
export const OUTPUT = {
  type: 'choice',
  choices: ['text', 'json'],
  default: 'text',
  help: 'how it is printed',
} as const satisfies OptionSpec
export const JOURNALS = {
  config: { type: 'text', value: 'FILE', help: 'the config file: the journal is in its stateDirectory' },
  journal: { type: 'list', value: 'PATH', help: 'a state directory or a journal.db besides' },
} as const satisfies OptionSpecs
export const SHARD = {
  type: 'text',
  value: 'INDEX[/COUNT]',
  help: 'only apps of the clusters of this shard; wins over GITOPS_SHARD and the config',
} as const satisfies OptionSpec
/** Commands that run for long say what they do; those that run once, what is wrong. */
const LOG_LEVEL = { type: 'choice', choices: LOG_LEVELS, help: 'the least of what is logged' } as const
export const SERVICE_LOG_LEVEL = { ...LOG_LEVEL, default: 'info' } as const satisfies OptionSpec
export const ONCE_LOG_LEVEL = { ...LOG_LEVEL, default: 'warn' } as const satisfies OptionSpec
