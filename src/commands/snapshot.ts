import { basename, resolve } from 'node:path'
import { SERVER_LIMITS } from '../clusters/options.ts'
import { loadKubeconfig } from '../clusters/server/credentials/kubeconfig.ts'
import { createWholeReader } from '../clusters/server/whole-reader.ts'
import { type Copied, copyCluster } from '../clusters/snapshot/copy-cluster.ts'
import type { LeftOut } from '../clusters/snapshot/description.ts'
import type { SecretsHeld } from '../clusters/snapshot/secrets-held.ts'
import { createSnapshotFolder } from '../clusters/snapshot/snapshot-folder.ts'
import { loadConfig } from '../config/load-config.ts'
import type { ClusterSpec } from '../model/apps/inventory.ts'
import { failureLine } from '../model/failure.ts'
import { groupKindText } from '../model/object.ts'
import type { Settings } from '../model/settings.ts'
import { visibleText } from '../model/visible-text.ts'
import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { showProgress } from './cli/progress.ts'
import { UsageError } from './cli/usage-error.ts'
import type { OptionsOf } from './command-list.ts'
import { type DumpedCluster, dumpScript } from './snapshot/dump-script.ts'

/** A cluster of 100,000 objects takes some 1 GB. */
const MAX_BYTES = 8 * 1024 * 1024 * 1024

export async function run(options: OptionsOf<'snapshot'>, terminal: Terminal): Promise<ExitCode> {
  const { config, kubeconfig, context, output, secrets } = options
  if (config !== undefined && kubeconfig !== undefined)
    throw new UsageError('--config and --kubeconfig do not go together')
  if (kubeconfig === undefined && context !== undefined) throw new UsageError('--context needs --kubeconfig')
  if (kubeconfig !== undefined && output !== undefined) return copy({ kubeconfig, context, output, secrets }, terminal)
  if (output !== undefined) throw new UsageError('--output needs --kubeconfig: a cluster at a time')
  if (kubeconfig !== undefined) {
    const at = { kubeconfig: resolve(kubeconfig), ...(context !== undefined && { context }) }
    terminal.out.write(dumpScript([{ name: folderName(context ?? 'cluster'), notes: [], ...at }], secrets))
    return EXIT.noDrift
  }
  if (config === undefined) throw new UsageError('--config or --kubeconfig is needed')
  const settings = await loadConfig(config)
  terminal.out.write(
    dumpScript(
      settings.clusters.map((cluster) => dumpedCluster(cluster, settings, secrets)),
      secrets,
    ),
  )
  return EXIT.noDrift
}

interface Copy {
  readonly kubeconfig: string
  readonly context: string | undefined
  readonly output: string
  readonly secrets: SecretsHeld
}

async function copy({ kubeconfig, context, output, secrets }: Copy, { out, err, signal }: Terminal): Promise<ExitCode> {
  const environment = process.env
  const load = loadKubeconfig(resolve(kubeconfig), context, environment)
  const progress = showProgress(err, 'kinds')
  await using folder = await createSnapshotFolder(output, MAX_BYTES)
  await using reader = createWholeReader({ load, limits: SERVER_LIMITS, environment })
  const copied = await copyCluster(reader, folder, { secrets, progress: progress.show }, signal).finally(progress.clear)
  out.write(summary(copied, output, folder.bytes(), secrets))
  for (const one of copied.failed) err.write(`left out: ${leftOutText(one)}\n`)
  return copied.failed.length === 0 ? EXIT.noDrift : EXIT.drift
}

const SECRETS_LINE: Readonly<Record<SecretsHeld, string>> = {
  all: 'Secrets are in it in the clear: keep it as you keep them.',
  helm: "Of Secrets it has Helm's releases alone, which hold the values of charts; --secrets all takes the others, too.",
  none: 'Secrets are not in it: what declares or needs them is Unknown. --secrets all or helm takes them.',
}

function summary({ kinds, objects, kubeVersion }: Copied, output: string, bytes: number, secrets: SecretsHeld): string {
  const path = visibleText(resolve(output))
  return `${path}: ${objects} objects of ${kinds} kinds, ${(bytes / 1e6).toFixed(1)} MB, Kubernetes ${visibleText(kubeVersion)}
${SECRETS_LINE[secrets]}
In the config: clusters: [{ name: ${JSON.stringify(basename(resolve(output)))}, snapshot: { path: ${JSON.stringify(path)} } }]
`
}

function leftOutText({ group, kind, code, message }: LeftOut): string {
  const what = kind === undefined ? `every kind of ${group}` : groupKindText({ group, kind })
  return `${visibleText(what)}: ${failureLine({ code, message })}`
}

function dumpedCluster({ name, access }: ClusterSpec, settings: Settings, secrets: SecretsHeld): DumpedCluster {
  const notes = secrets === 'all' ? [] : secretsNotes(name, settings)
  switch (access.type) {
    case 'kubeconfig': {
      const { path, context } = access
      return { name, kubeconfig: path, ...(context !== undefined && { context }), notes }
    }
    case 'inCluster':
      return {
        name,
        notes: [...notes, `${name} is the cluster that the exporter runs in: add what leads kubectl to it.`],
      }
    case 'snapshot':
      return { name, notes: [...notes, `${name} is a snapshot in the config: add what leads kubectl to the cluster.`] }
    case 'kubeconfigText':
      return { name, notes }
    default:
      return access satisfies never
  }
}

/** Of what is found by Secrets nothing can be said without them. */
function secretsNotes(name: string, { discovery }: Settings): readonly string[] {
  const readers = [
    ...(discovery.argocd.some(({ cluster }) => cluster === name) ? ['Argo CD'] : []),
    ...(discovery.flux.some(({ cluster }) => cluster === name) ? ['Flux'] : []),
  ]
  return readers.map(
    (reader) =>
      `${reader} of ${name} keeps repositories and more in Secrets: --secrets all takes them, if they are needed.`,
  )
}

/** The context of a kubeconfig may be any text. */
function folderName(context: string): string {
  const name = context.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '')
  return name === '' ? 'cluster' : name.slice(0, 100)
}
