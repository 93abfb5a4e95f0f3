import type { CommandModule } from './cli/command.ts'
import type { CommandName, OptionsOf } from './command-list.ts'

/** A command's own module, loaded only when it runs, so that `validate` does not load an HTTP server. */
export const LOAD_COMMAND: { readonly [Name in CommandName]: () => Promise<CommandModule<OptionsOf<Name>>> } = {
  serve: () => import('./serve.ts'),
  check: () => import('./check.ts'),
  history: () => import('./history.ts'),
  report: () => import('./report.ts'),
  diff: () => import('./diff.ts'),
  apps: () => import('./apps.ts'),
  render: () => import('./render.ts'),
  snapshot: () => import('./snapshot.ts'),
  rbac: () => import('./rbac.ts'),
  validate: () => import('./validate.ts'),
  demo: () => import('./demo.ts'),
  completion: () => import('./completion.ts'),
  help: () => import('./help.ts'),
  version: () => import('./version.ts'),
}
