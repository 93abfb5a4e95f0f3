import type { AppSummary } from '../../model/fleet.ts'
import type { Step } from '../failed-step.ts'
import { shellLine, shellOption, shellWord } from './shell-text.ts'
import { matcherText, silenceMatchers } from './silence.ts'

/** A command that somebody runs elsewhere: it looks, and changes nothing in a cluster. */
export interface AppCommand {
  /** What is copied, in a few words. */
  readonly name: string
  /** For a POSIX shell; every name in it is quoted. */
  readonly text: string
  /** What has to be so where it runs. */
  readonly needs?: string
}

type Named = Pick<AppSummary, 'controller' | 'kind' | 'declaredIn' | 'namespace' | 'name' | 'destination' | 'sources'>

/** As the docs call it: where the file is on whose machine, nobody knows here. */
const PROGRAM = 'gitops-drift-exporter'
const CONFIG = '--config config.yaml'

export function checkCommand({ name, destination }: Pick<Named, 'name' | 'destination'>): string {
  return shellLine(PROGRAM, 'check', CONFIG, shellOption('app', name), shellOption('cluster', destination), '--diff')
}

/** `render` takes one app: what tells it from others of its name is said. */
export function renderCommand({ controller, kind, namespace, name, destination }: Named): string {
  const declared =
    controller === 'static' ? '' : shellLine(shellOption('kind', kind), shellOption('namespace', namespace))
  return shellLine(PROGRAM, 'render', CONFIG, shellOption('app', name), shellOption('cluster', destination), declared)
}

/** What fails in the same way where somebody can look: the rendering alone where it is before that, else the whole. */
export function reproducingCommand(app: Named, step: Step | undefined): string {
  switch (step) {
    case 'declare':
      return app.controller === 'static' ? `${PROGRAM} validate ${CONFIG}` : checkCommand(app)
    case 'fetch':
    case 'render':
      return renderCommand(app)
    case 'read':
    case 'compare':
    case undefined:
      return checkCommand(app)
    default:
      return step satisfies never
  }
}

/** What shows the difference with the tools that people have: the controller's own, kubectl's and this program's. */
export function diffCommands(app: Named): readonly AppCommand[] {
  return [
    ...controllerCommands(app),
    { name: 'this program', text: checkCommand(app) },
    {
      name: 'kubectl diff',
      text: `${renderCommand(app)} | kubectl diff -f -`,
      needs: `a context of ${app.destination === '' ? 'the destination' : app.destination}; values of Secrets are redacted and so differ`,
    },
  ]
}

function controllerCommands({ controller, kind, namespace, name, declaredIn, sources }: Named): readonly AppCommand[] {
  const context = declaredIn === '' ? {} : { needs: `a context of ${declaredIn}` }
  switch (controller) {
    case 'argocd': {
      const qualified = namespace === '' ? name : `${namespace}/${name}`
      const end = qualified.startsWith('-') ? '--' : ''
      return [{ name: 'argocd app diff', text: shellLine('argocd app diff', end, shellWord(qualified)) }]
    }
    case 'flux': {
      // Of a HelmRelease the flux CLI shows no difference.
      if (kind !== 'Kustomization') return []
      const [source] = sources
      const path = `./${(source?.path ?? '').replace(/^\.?\/+/, '')}`
      const end = name.startsWith('-') ? '--' : ''
      const options = shellLine(shellOption('namespace', namespace), shellOption('path', path))
      return [
        {
          name: 'flux diff',
          text: shellLine('flux diff kustomization', options, end, shellWord(name)),
          needs: `${context.needs === undefined ? '' : `${context.needs}, and `}a checkout of the repository`,
        },
      ]
    }
    case 'helm':
    case 'static':
      return []
    default:
      return controller satisfies never
  }
}

/** Silences every alert about the app for two hours. */
export function silenceCommand(app: Named): AppCommand {
  const matchers = silenceMatchers(app).map((matcher) => shellWord(matcherText(matcher)))
  return {
    name: 'amtool',
    text: shellLine('amtool silence add --duration 2h', shellOption('comment', `drift of ${app.name}`), ...matchers),
    needs: 'alertmanager.url in amtool’s config',
  }
}
