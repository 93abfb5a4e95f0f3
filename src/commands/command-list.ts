import { SECRETS_HELD } from '../clusters/snapshot/secrets-held.ts'
import { type Command, PROGRAM } from './cli/command.ts'
import type { OptionValues } from './cli/options.ts'
import {
  ALL_ABOUT,
  ALL_OPTIONS,
  ANY_CONFIG,
  CONFIG,
  JOURNALS,
  ONCE_LOG_LEVEL,
  OUTPUT,
  SERVICE_LOG_LEVEL,
  SHARD,
} from './cli/shared-options.ts'

const EXIT_CODES = 'Exit codes: 0 no drift, 1 drift, 2 could not tell.'
/** Shells that `completion` knows. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
const COMMAND_NAMES = [
  ...['serve', 'check', 'history', 'report', 'diff', 'apps', 'render', 'snapshot'],
  ...['rbac', 'validate', 'demo', 'completion', 'help', 'version'],
] as const

/** The port of `demo` for a person: easy to type. */
export const DEMO_PORT = 8080

/**
 * Every command there is, in the order of the help: its options, their defaults and its help stand here alone. Its code is found by name in
 * `load-command.ts`.
 */
export const COMMANDS = {
  serve: {
    summary: 'the service: evaluates all the time and serves /metrics and a status page',
    about: `Evaluates every app all the time, serves /metrics, /livez and /readyz on one address and a status page
on another. The config file is read again when it changes and on SIGHUP. Logs are JSON lines on stderr.`,
    options: { config: ANY_CONFIG, shard: SHARD, 'log-level': SERVICE_LOG_LEVEL },
    examples: [`${PROGRAM} serve --config config.yaml`, 'curl http://127.0.0.1:8080/metrics'],
  },
  check: {
    summary: 'one pass over all apps: a table of verdicts and an exit code, for CI and cron',
    about: `Evaluates every app once and prints the verdicts, as they come where the output is text. ${EXIT_CODES}
junit, sarif, markdown and github are for CI servers: a report of tests, code scanning, a comment, annotations.
With --diff, what differs is shown by the program that KUBECTL_EXTERNAL_DIFF names, as kubectl diff does.
${ALL_ABOUT}`,
    options: {
      config: ANY_CONFIG,
      all: { type: 'text', value: 'FOLDER', help: 'say of every app of this checkout whether it can be computed' },
      ...ALL_OPTIONS,
      app: { type: 'list', value: 'NAME', help: 'only apps of this name' },
      cluster: { type: 'list', value: 'NAME', help: 'only apps in this cluster; * stands for anything' },
      project: { type: 'list', value: 'NAME', help: 'only apps of this project; * stands for anything' },
      shard: SHARD,
      selector: {
        type: 'list',
        value: 'SELECTOR',
        help: 'only apps that have these labels, themselves or their cluster, as kubectl takes them: team=web,env!=dev',
      },
      only: {
        type: 'set',
        choices: ['drift', 'unknown', 'synced'],
        default: 'drift,unknown,synced',
        help: 'which apps are printed; the exit code is of all',
      },
      'fail-on': {
        type: 'set',
        choices: ['drift', 'unknown', 'none'],
        default: 'drift,unknown',
        help: 'what makes the exit code other than 0: 1 for drift, 2 for unknown',
      },
      diff: { type: 'flag', help: 'print what differs, too; other outputs than text have it anyway' },
      output: { ...OUTPUT, choices: ['text', 'json', 'junit', 'sarif', 'markdown', 'github'] },
      timeout: { type: 'duration', default: '5m', help: 'apps without a verdict by then are Unknown' },
      'log-level': ONCE_LOG_LEVEL,
    },
    examples: [
      `${PROGRAM} check`,
      `${PROGRAM} check --config config.yaml`,
      `${PROGRAM} check --all .`,
      `${PROGRAM} check --config config.yaml --app shop --diff`,
      `${PROGRAM} check --config config.yaml --cluster prod-* --only drift --fail-on drift`,
      `${PROGRAM} check --config config.yaml --output sarif | tee drift.sarif`,
      `${PROGRAM} check --config config.yaml --output json | jq -r '.apps[] | select(.status != "Synced") | .identity.name'`,
    ],
  },
  history: {
    summary: 'what happened: every time in which an app was out of sync',
    about: `Prints the journal of a service, running or stopped, or of several, such as replicas and shards: what each of them saw of one
episode is one row. A time with ~ is when it was seen; without, it is the field's own.`,
    options: {
      ...JOURNALS,
      app: { type: 'list', value: 'NAME', help: 'only apps of this name; * stands for anything' },
      cluster: { type: 'list', value: 'NAME', help: 'only apps in this cluster; * stands for anything' },
      actor: {
        type: 'list',
        value: 'NAME',
        help: 'only what this field manager or user changed; * stands for anything',
      },
      since: { type: 'duration', default: '7d', help: 'what lasted at some time since then' },
      output: { ...OUTPUT, choices: ['text', 'json', 'csv'] },
    },
    examples: [
      `${PROGRAM} history --config config.yaml`,
      `${PROGRAM} history --config config.yaml --actor 'kubectl*' --since 1d`,
      `${PROGRAM} history --journal replica-0/ --journal replica-1/ --output csv | tee drift.csv`,
    ],
  },
  report: {
    summary: 'figures of a period: how much drift, how long, by whom, and deployments',
    about:
      'Counts what `history` lists. The same period gives the same figures whenever they are asked for: name its end with --until.',
    options: {
      ...JOURNALS,
      since: { type: 'duration', default: '7d', help: 'how long the period is' },
      until: {
        type: 'text',
        value: 'TIME',
        help: 'its end in UTC, such as 2026-03-01 or 2026-03-01T08:00Z (default: now)',
      },
      format: { type: 'choice', choices: ['md', 'html', 'json'], default: 'md', help: 'how it is printed' },
    },
    examples: [
      `${PROGRAM} report --config config.yaml --since 7d --format html | tee week.html`,
      `${PROGRAM} report --config config.yaml --until 2026-03-01 --since 28d`,
    ],
  },
  diff: {
    summary: 'two folders or files of objects compared, without config or cluster',
    about: `Compares the objects of two files or folders of YAML, JSON or JSON lines. ${EXIT_CODES}
A program that KUBECTL_EXTERNAL_DIFF names shows the differences, as it does for kubectl diff.`,
    options: {
      desired: { type: 'text', value: 'PATH', required: true, help: 'what Git says; - is stdin' },
      live: {
        type: 'text',
        value: 'PATH',
        required: true,
        help: 'what the cluster has, as `kubectl get -o yaml --show-managed-fields` writes it; - is stdin',
      },
      schema: { type: 'list', value: 'PATH', help: 'a file or folder of OpenAPI v3 documents of the cluster' },
      manager: { type: 'list', value: 'NAME', help: 'field manager whose writes are GitOps writes' },
      extra: { type: 'flag', help: 'list live objects that are not desired, too' },
      output: OUTPUT,
    },
    examples: [
      `${PROGRAM} diff --desired manifests/ --live dump.yaml`,
      `kubectl kustomize overlays/prod | ${PROGRAM} diff --desired - --live dump.yaml`,
      'kubectl get deployments -A -o json --show-managed-fields > live.json',
      `${PROGRAM} diff --desired manifests/ --live live.json --manager argocd-controller --output json`,
    ],
  },
  apps: {
    summary: 'every app that is found, with source and destination',
    about:
      'Lists the apps that the config file and discovery give. `yaml` prints the Applications that ApplicationSets make.',
    options: {
      config: ANY_CONFIG,
      output: { ...OUTPUT, choices: ['text', 'json', 'yaml'] },
      'log-level': ONCE_LOG_LEVEL,
    },
    examples: [
      `${PROGRAM} apps --config config.yaml`,
      `${PROGRAM} apps --config config.yaml --output json | jq -r '.apps[].identity.destination' | sort | uniq -c`,
    ],
  },
  render: {
    summary: 'the objects of one app, as its controller would apply them',
    about: `Prints the desired objects of one app. Values of Secrets are redacted. Exit code 2 when it cannot be rendered.
${ALL_ABOUT}`,
    options: {
      config: ANY_CONFIG,
      app: { type: 'text', value: 'NAME', help: 'the app; needed without --all' },
      all: { type: 'text', value: 'FOLDER', help: 'every app of this checkout' },
      ...ALL_OPTIONS,
      controller: { type: 'text', value: 'C', help: 'argocd, flux, helm or static, where several have the name' },
      kind: { type: 'text', value: 'K', help: 'Application, Kustomization, HelmRelease, Release or App' },
      cluster: { type: 'text', value: 'C', help: 'the destination cluster' },
      namespace: { type: 'text', value: 'NS', help: 'the namespace that declares the app' },
      output: {
        type: 'choice',
        choices: ['yaml', 'json'],
        default: 'yaml',
        help: 'json has what the controller skips, too',
      },
      'show-secrets': { type: 'flag', help: 'print the values of Secrets' },
      'log-level': ONCE_LOG_LEVEL,
    },
    examples: [
      `${PROGRAM} render --config config.yaml --app shop`,
      `${PROGRAM} render --all . | tee deployed.yaml`,
      `${PROGRAM} render --config config.yaml --app baseline --cluster prod-us --output json`,
    ],
  },
  snapshot: {
    summary: 'a cluster as a folder, to be checked later or elsewhere: made here, or a script that makes it',
    about: `With --output it copies the cluster of a kubeconfig into a folder that \`clusters[].snapshot\` reads: every kind that can be
listed, with managedFields. Without --output it prints a shell script that does the same with kubectl, for each cluster of
the config file or for the kubeconfig given. A kind that may not be listed is told, and apps that declare it are Unknown.
Helm's releases hold the values that charts were given. Exit codes: 0 complete, 1 made, but some kinds could not be read,
2 not made.`,
    options: {
      config: { type: 'text', value: 'FILE', help: 'the config file, for a script that dumps each of its clusters' },
      kubeconfig: { type: 'text', value: 'FILE', help: 'the kubeconfig of the one cluster' },
      context: { type: 'text', value: 'NAME', help: 'context of the kubeconfig instead of current-context' },
      output: { type: 'text', value: 'FOLDER', help: 'the folder to make, which must be empty where it is there' },
      secrets: {
        type: 'choice',
        choices: SECRETS_HELD,
        default: 'helm',
        help: "which Secrets are in it, values and all: helm is Helm's releases; the others are Unknown, not missing",
      },
    },
    examples: [
      `${PROGRAM} snapshot --kubeconfig ~/.kube/config --context prod-us --output prod-us/`,
      `${PROGRAM} snapshot --kubeconfig ~/.kube/config --output prod-us/ --secrets all`,
      `${PROGRAM} snapshot --config config.yaml | tee dump.sh`,
    ],
  },
  rbac: {
    summary: 'the least Roles with which a cluster can be read for what is declared, for kubectl apply',
    about: `Renders every app of a cluster and prints the ClusterRole and Roles that let the exporter read what they declare, kind by kind,
and what discovery reads there. Secrets are only among it with --secrets. An app that cannot be rendered, and a kind that nobody
serves, is told in a comment and on stderr. Exit codes: 0 complete, 2 something is missing.`,
    options: {
      config: ANY_CONFIG,
      cluster: { type: 'text', value: 'NAME', help: 'the cluster, where there are several' },
      secrets: { type: 'flag', help: 'grant reading of Secrets where something needs it, too' },
      name: { type: 'text', value: 'NAME', help: `what Roles and bindings are called (default ${PROGRAM})` },
      'service-account': { type: 'text', value: 'NS/NAME', help: `whom they are for (default ${PROGRAM}/${PROGRAM})` },
      'log-level': ONCE_LOG_LEVEL,
    },
    examples: [
      `${PROGRAM} rbac --config config.yaml --cluster prod-us | kubectl --context prod-us apply -f -`,
      `${PROGRAM} rbac --config config.yaml --cluster prod-us --secrets`,
    ],
  },
  validate: {
    summary: 'holds a config file to its rules and tells what is wrong, by line and column',
    about: 'Exit codes: 0 the file can be used, 2 it cannot.',
    options: { config: CONFIG, output: OUTPUT },
    examples: [`${PROGRAM} validate --config config.yaml`],
  },
  demo: {
    summary: 'a Git repository, three clusters and the service over them, in a temp folder',
    about: `Makes a Git repository with apps of every kind and three clusters (folders of YAML) in a temp folder, runs the
service over them, and says what to edit to see a verdict flip. Ctrl-C stops it and removes the folder.`,
    options: {
      check: {
        type: 'flag',
        help: 'make the changes itself and print how long each took to show; exit code 0 or 1',
      },
      port: {
        type: 'integer',
        value: 'N',
        min: 0,
        // The page gets the next one.
        max: 65_534,
        help: `port of /metrics, the page gets the next one; 0 lets the system choose (default ${DEMO_PORT}, with --check 0)`,
      },
      address: { type: 'text', value: 'IP', help: 'where both listen, 0.0.0.0 in a container (default 127.0.0.1)' },
      keep: { type: 'flag', help: 'leave the folder where it is' },
      'log-level': SERVICE_LOG_LEVEL,
    },
    examples: [`${PROGRAM} demo`, `${PROGRAM} demo --check`],
  },
  completion: {
    summary: 'a script that makes a shell complete commands and options',
    about: 'Prints a script for the shell, made of the same table as `--help`.',
    options: {
      shell: { type: 'argument', value: 'SHELL', choices: SHELLS, required: true, help: 'one of' },
    },
    examples: SHELLS.map((shell) => `${PROGRAM} completion ${shell}`),
  },
  help: {
    summary: 'what there is, or what a command does',
    about: 'Prints the commands, or what one of them does with its options.',
    options: { command: { type: 'argument', value: 'COMMAND', choices: COMMAND_NAMES, help: 'one of' } },
    examples: [`${PROGRAM} help`, `${PROGRAM} help check`],
  },
  version: {
    summary: 'the version of this program and of what it runs on',
    about: 'Prints the version.',
    options: { output: OUTPUT },
    examples: [`${PROGRAM} version`, `${PROGRAM} version --output json`],
  },
} as const satisfies Readonly<Record<string, Command>>

export type CommandName = keyof typeof COMMANDS

/** What `run` of a command is given. */
export type OptionsOf<Name extends CommandName> = OptionValues<(typeof COMMANDS)[Name]['options']>
