import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

export type FluxController = 'kustomize-controller' | 'helm-controller'

/** What the flags of a controller permit its resources, by its Deployments. */
export interface ControllerFlags {
  /** Undefined where no Deployment of the controller is there: what it permits is not known. */
  readonly crossNamespaceReferences: boolean | undefined
  /** Whether kustomize-controller fails on variables that have no value and no default. */
  readonly strictSubstitution: boolean
  /** Whether helm-controller appends the digest of an artifact to the version of its chart. */
  readonly chartDigestTracking: boolean
  /** Whom the controller acts as where a resource names nobody. */
  readonly defaultServiceAccount: string | undefined
  /** Whether kustomize-controller lets kustomizations name bases that lie elsewhere. */
  readonly remoteBases: boolean
}

const STRICT = 'StrictPostBuildSubstitutions'
const NO_DIGESTS = 'DisableChartDigestTracking'
/** From 1.9 on the feature gate is on by default. */
const ON_BY_DEFAULT = { major: 1, minor: 9 }

interface Container {
  readonly image: string
  readonly args: readonly string[]
}

/**
 * The flags of a controller, of which there may be several (shards): what one of them forbids is forbidden.
 * @param deployments of the namespace that the controllers run in, and of no other: anybody can make one that looks alike
 */
export function controllerFlags(controller: FluxController, deployments: Iterable<KubernetesObject>): ControllerFlags {
  const containers = [...deployments].flatMap(({ spec }) => containersOf(spec)).filter((one) => runs(one, controller))
  return {
    crossNamespaceReferences:
      containers.length === 0 ? undefined : !containers.some(({ args }) => isFlagSet(args, 'no-cross-namespace-refs')),
    strictSubstitution: containers.some(({ args, image }) => gateIn(args, STRICT) ?? isOnByDefault(image)),
    chartDigestTracking: !containers.some(({ args }) => gateIn(args, NO_DIGESTS) === true),
    defaultServiceAccount: containers
      .map(({ args }) => textOf(args, 'default-service-account'))
      .find((account) => account !== undefined && account !== ''),
    remoteBases: !containers.some(({ args }) => isFlagSet(args, 'no-remote-bases')),
  }
}

/** By the name of the image, whatever registry it comes from and however the Deployment is called. */
function runs({ image }: Container, controller: FluxController): boolean {
  const name = image.split('@')[0]?.split('/').at(-1)?.split(':')[0]
  return name === controller
}

function containersOf(spec: Json | undefined): readonly Container[] {
  const template = isJsonObject(spec) ? spec.template : undefined
  const pod = isJsonObject(template) ? template.spec : undefined
  const containers = isJsonObject(pod) && Array.isArray(pod.containers) ? pod.containers : []
  return containers.filter(isJsonObject).map(({ image, command, args }) => ({
    image: typeof image === 'string' ? image : '',
    args: [command, args].flatMap((list) => (Array.isArray(list) ? list.filter((arg) => typeof arg === 'string') : [])),
  }))
}

/** `--flag` or `--flag=true`; the last one counts. */
function isFlagSet(args: readonly string[], flag: string): boolean {
  const values = args.flatMap((arg) => {
    const [, name, value = 'true'] = /^--([^=]+)(?:=(.*))?$/.exec(arg) ?? []
    return name === flag ? [value] : []
  })
  return TRUE.has(values.at(-1) ?? 'false')
}

/** `--flag=text`, also as two arguments; the last one counts. */
function textOf(args: readonly string[], flag: string): string | undefined {
  const values = args.flatMap((arg, index) => {
    if (arg === `--${flag}`) return [args[index + 1] ?? '']
    return arg.startsWith(`--${flag}=`) ? [arg.slice(flag.length + 3)] : []
  })
  return values.at(-1)
}

/** What Go's strconv.ParseBool takes. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

/** `--feature-gates=A=true,B=false`, also as two arguments; the last one counts. */
function gateIn(args: readonly string[], gate: string): boolean | undefined {
  let found: boolean | undefined
  args.forEach((arg, index) => {
    const value = /^--feature-gates=(.*)$/.exec(arg)?.[1] ?? (arg === '--feature-gates' ? args[index + 1] : undefined)
    for (const setting of value?.split(',') ?? []) {
      const [name, state] = setting.split('=')
      if (name?.trim() === gate) found = TRUE.has(state?.trim() ?? '')
    }
  })
  return found
}

function isOnByDefault(image: string): boolean {
  const [, major, minor] = /:v?(\d+)\.(\d+)/.exec(image) ?? []
  if (major === undefined || minor === undefined) return false
  const isLater = Number(major) > ON_BY_DEFAULT.major
  return isLater || (Number(major) === ON_BY_DEFAULT.major && Number(minor) >= ON_BY_DEFAULT.minor)
}
