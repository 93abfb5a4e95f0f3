import { printYaml } from '../kubernetes/serialization/yaml.ts'
import type { App } from '../model/apps/app.ts'
import { CodedError, failureText, toFailure } from '../model/failure.ts'
import { groupKindText, type KubernetesObject } from '../model/object.ts'
import type { Settings } from '../model/settings.ts'
import { visibleLines, visibleText } from '../model/visible-text.ts'
import { identityText } from '../presentation/json/app-identity.ts'
import { didYouMean } from '../text/nearest-name.ts'
import { EXIT, type ExitCode, PROGRAM, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { UsageError } from './cli/usage-error.ts'
import type { OptionsOf } from './command-list.ts'
import { definedKinds, indexKinds, ownKinds, servedKinds } from './rbac/kind-names.ts'
import { type DeclaringApp, neededRights } from './rbac/needed-rights.ts'
import { rolesFor } from './rbac/roles.ts'
import { loadSettings } from './run/load-settings.ts'
import { type OnePass, onePass } from './run/one-pass.ts'

const TIMEOUT_SECONDS = 300

export async function run(options: OptionsOf<'rbac'>, { out, err, signal }: Terminal): Promise<ExitCode> {
  const account = readAccount(options['service-account'] ?? `${PROGRAM}/${PROGRAM}`)
  const name = options.name ?? PROGRAM
  const logLevel = options['log-level']
  const settings = await loadSettings(options.config, signal)
  await using pass = await onePass(
    settings,
    {},
    {
      log: createLog(logLevel),
      logLevel,
      signal,
      timeoutSeconds: TIMEOUT_SECONDS,
    },
  )
  const cluster = chooseCluster(pass, settings, options.cluster)
  const rendered = await renderApps(pass, cluster.name)
  const complaints: string[] = rendered.failures.concat(
    (pass.found.incomplete ?? []).map(
      ({ controller, declaredIn }) => `not all apps of ${controller} in the cluster ${declaredIn} could be read`,
    ),
  )
  const served = await servedKinds(cluster, signal).catch((thrown: unknown) => {
    const failure = toFailure(thrown, { cluster: cluster.name })
    if (failure.code === 'GDE_INTERNAL') throw thrown
    complaints.push(`what it serves is not known: ${failureText(failure)}`)
    return []
  })
  const { rights, unknown, withoutSecrets } = neededRights({
    cluster,
    declared: rendered.apps,
    apps: pass.found.apps,
    discovery: settings.discovery,
    served: indexKinds([...served, ...ownKinds(), ...definedKinds(rendered.objects)]),
    secrets: options.secrets,
  })
  for (const kind of unknown)
    complaints.push(
      `${groupKindText(kind)}: neither the cluster nor a CustomResourceDefinition of an app has this kind`,
    )
  const roles = rolesFor(rights, { name, account })
  const apps = rendered.apps.length === 1 ? '1 app' : `${rendered.apps.length} apps`
  out.write(`# What ${name} has to read in the cluster ${visibleText(cluster.name)} for ${apps}.\n`)
  if (withoutSecrets.length > 0)
    out.write(`# Secrets are not among it (--secrets grants them): ${withoutSecrets.join('; ')}.\n`)
  for (const complaint of complaints) {
    out.write(visibleLines(`# Missing here: ${complaint}`).replaceAll('\n', '\n# ').concat('\n'))
    err.write(`${visibleLines(complaint)}\n`)
  }
  out.write(roles.map(printYaml).join('---\n'))
  return complaints.length > 0 ? EXIT.cannotTell : EXIT.noDrift
}

/** @throws UsageError unless the text is `NAMESPACE/NAME` */
function readAccount(text: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = '', ...rest] = text.split('/')
  if (namespace === '' || name === '' || rest.length > 0)
    throw new UsageError(`--service-account is NAMESPACE/NAME, not ${JSON.stringify(text)}`)
  return { namespace, name }
}

/** Each cluster has Roles of its own: granting those of one in another is not the least. @throws UsageError */
function chooseCluster({ found }: OnePass, settings: Settings, name: string | undefined) {
  const clusters = found.clusters.length > 0 ? found.clusters : settings.clusters
  const names = clusters.map((cluster) => cluster.name)
  if (name === undefined && clusters.length > 1)
    throw new UsageError(`there are several clusters, say which by --cluster: ${names.join(', ')}`)
  const chosen = clusters.find((cluster) => name === undefined || cluster.name === name)
  if (chosen !== undefined) return chosen
  const [problem] = settings.found ?? found.problems
  if (name === undefined)
    throw problem === undefined
      ? new UsageError('there is no cluster')
      : new CodedError(problem.failure.code, problem.failure.message)
  throw new UsageError(`there is no cluster ${JSON.stringify(name)}${didYouMean(name, names)}`)
}

interface RenderedApps {
  /** Those of the cluster. */
  readonly apps: readonly DeclaringApp[]
  readonly objects: readonly KubernetesObject[]
  /** Apps whose kinds are not known, and why. */
  readonly failures: readonly string[]
}

async function renderApps({ runtime, apps }: OnePass, cluster: string): Promise<RenderedApps> {
  const known: DeclaringApp[] = []
  const objects: KubernetesObject[] = []
  const failures: string[] = []
  const renderApp = async (app: App): Promise<void> => {
    try {
      const compared = (await runtime.desired(app.id)).filter(({ action }) => action !== 'skip')
      objects.push(...compared.map(({ object }) => object))
      known.push({ app, kinds: compared.map(({ object }) => kindOf(object)) })
    } catch (thrown) {
      const failure = app.problem ?? toFailure(thrown)
      if (failure.code === 'GDE_INTERNAL') throw thrown
      failures.push(`what ${identityText(app)} declares is not known: ${failureText(failure)}`)
    }
  }
  for (const app of apps) if (app.to.cluster === cluster) await renderApp(app)
  return { apps: known, objects, failures }
}

function kindOf({ apiVersion, kind }: KubernetesObject): { readonly group: string; readonly kind: string } {
  return { group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind }
}
