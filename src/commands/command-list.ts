import type { Command } from './cli/command.ts'

const PROGRAM = 'gitops-drift-exporter'
const EXIT_CODES = 'Exit codes: 0 no drift, 1 drift, 2 could not tell.'

/** Every command there is, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'the service: evaluates all the time and serves /metrics and a status page',
    help: `Usage: ${PROGRAM} serve --config FILE [--log-level LEVEL]

Evaluates every app all the time, serves /metrics, /livez and /readyz on one address and a status page
on another. The config file is read again when it changes and on SIGHUP. Logs are JSON lines on stderr.

Options:
  --config FILE       the config file
  --log-level LEVEL   trace, debug, info, warn or error (default info)
  --help              this text

Examples:
  ${PROGRAM} serve --config config.yaml
  curl http://127.0.0.1:8080/metrics
`,
    load: () => import('./serve.ts'),
  },
  {
    name: 'check',
    summary: 'one pass over all apps: a table of verdicts and an exit code, for CI and cron',
    help: `Usage: ${PROGRAM} check --config FILE [--app NAME] [--diff] [--output text|json] [--timeout DURATION] [--log-level LEVEL]

Evaluates every app once and prints the verdicts. ${EXIT_CODES}

Options:
  --config FILE        the config file
  --app NAME           only apps of this name (repeatable)
  --diff               print what differs, too
  --output text|json   text is the default
  --timeout DURATION   apps without a verdict by then are Unknown (default 5m)
  --log-level LEVEL    trace, debug, info, warn or error (default warn)
  --help               this text

Examples:
  ${PROGRAM} check --config config.yaml
  ${PROGRAM} check --config config.yaml --app shop --diff
  ${PROGRAM} check --config config.yaml --output json | jq -r '.apps[] | select(.status != "Synced") | .identity.name'
`,
    load: () => import('./check.ts'),
  },
  {
    name: 'diff',
    summary: 'two folders or files of objects compared, without config or cluster',
    help: `Usage: ${PROGRAM} diff --desired PATH --live PATH [--schema PATH]... [--manager NAME]... [--extra] [--output text|json]

Compares the objects of two files or folders of YAML, JSON or JSON lines. ${EXIT_CODES}

Options:
  --desired PATH       what Git says; - is stdin
  --live PATH          what the cluster has, as \`kubectl get -o yaml --show-managed-fields\` writes it; - is stdin
  --schema PATH        a file or folder of OpenAPI v3 documents of the cluster (repeatable)
  --manager NAME       field manager whose writes are GitOps writes (repeatable)
  --extra              list live objects that are not desired, too
  --output text|json   text is the default
  --help               this text

Examples:
  ${PROGRAM} diff --desired manifests/ --live dump.yaml
  kubectl kustomize overlays/prod | ${PROGRAM} diff --desired - --live dump.yaml
  kubectl get deployments -A -o json --show-managed-fields > live.json
  ${PROGRAM} diff --desired manifests/ --live live.json --manager argocd-controller --output json
`,
    load: () => import('./diff-command.ts'),
  },
  {
    name: 'apps',
    summary: 'every app that is found, with source and destination',
    help: `Usage: ${PROGRAM} apps --config FILE [--output text|json|yaml] [--log-level LEVEL]

Lists the apps that the config file and discovery give. \`yaml\` prints the Applications that ApplicationSets make.

Options:
  --config FILE             the config file
  --output text|json|yaml   text is the default
  --log-level LEVEL         trace, debug, info, warn or error (default warn)
  --help                    this text

Examples:
  ${PROGRAM} apps --config config.yaml
  ${PROGRAM} apps --config config.yaml --output json | jq -r '.apps[].identity.destination' | sort | uniq -c
`,
    load: () => import('./apps.ts'),
  },
  {
    name: 'render',
    summary: 'the objects of one app, as its controller would apply them',
    help: `Usage: ${PROGRAM} render --config FILE --app NAME [--controller C] [--kind K] [--cluster C] [--namespace NS] [--output yaml|json] [--show-secrets] [--log-level LEVEL]

Prints the desired objects of one app. Values of Secrets are redacted. Exit code 2 when it cannot be rendered.

Options:
  --config FILE        the config file
  --app NAME           the app
  --controller C       argocd, flux, helm or static, where several have the name
  --kind K             Application, Kustomization, HelmRelease, Release or App
  --cluster C          the destination cluster
  --namespace NS       the namespace that declares the app
  --output yaml|json   yaml is the default; json has what the controller skips, too
  --show-secrets       print the values of Secrets
  --log-level LEVEL    trace, debug, info, warn or error (default warn)
  --help               this text

Examples:
  ${PROGRAM} render --config config.yaml --app shop
  ${PROGRAM} render --config config.yaml --app baseline --cluster prod-us --output json
`,
    load: () => import('./render.ts'),
  },
  {
    name: 'validate',
    summary: 'holds a config file to its rules and tells what is wrong, by line and column',
    help: `Usage: ${PROGRAM} validate --config FILE [--output text|json]

Exit codes: 0 the file can be used, 2 it cannot.

Options:
  --config FILE        the config file
  --output text|json   text is the default
  --help               this text

Examples:
  ${PROGRAM} validate --config config.yaml
`,
    load: () => import('./validate.ts'),
  },
  {
    name: 'demo',
    summary: 'a Git repository, three clusters and the service over them, in a temp folder',
    help: `Usage: ${PROGRAM} demo [--check] [--port N] [--keep] [--log-level LEVEL]

Makes a Git repository with apps of every kind and three clusters (folders of YAML) in a temp folder, runs the
service over them, and says what to edit to see a verdict flip. Ctrl-C stops it and removes the folder.

Options:
  --check             make the changes itself and print how long each took to show; exit code 0 or 1
  --port N            port of /metrics (default 8080; the page gets the next one); 0 lets the system choose
  --keep              leave the folder where it is
  --log-level LEVEL   trace, debug, info, warn or error (default info)
  --help              this text

Examples:
  ${PROGRAM} demo
  ${PROGRAM} demo --check
`,
    load: () => import('./demo.ts'),
  },
]

/** What the program says without a command and for \`--help\`. */
export function programHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: ${PROGRAM} COMMAND [options]

Compares what Git says with what runs in each cluster, and serves the verdicts to Prometheus.

Commands:
${lines.join('\n')}

\`${PROGRAM} COMMAND --help\` tells more, with examples. \`--version\` prints the version.
`
}
