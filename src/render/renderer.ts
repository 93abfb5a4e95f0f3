import type { RedactionKey } from '../kubernetes/redaction.ts'
import { parseJson } from '../kubernetes/serialization/json.ts'
import { CodedError, type Failure, fromFailure } from '../model/failure.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { FluxHelmSourceOptions, FluxSourceOptions } from '../model/sources/flux.ts'
import type {
  RemotesNeeded,
  RenderedObject,
  Rendering,
  RenderRequest,
  RenderSource,
} from '../model/sources/rendering.ts'
import type { Sandbox, SandboxEnvironment, SandboxFiles } from '../model/sources/sandbox.ts'
import type { ArgoSourceOptions } from '../model/sources/source.ts'
import type { StoredRelease } from '../model/sources/stored-release.ts'
import type { OpenTree } from '../model/sources/tree.ts'
import { buildEnvironment } from './argocd/build-environment.ts'
import { renderDirectory } from './argocd/directory.ts'
import { renderHelm } from './argocd/helm.ts'
import { renderKustomize } from './argocd/kustomize.ts'
import type { SourceContext, SourceOutput } from './argocd/source-context.ts'
import { overriddenOptions } from './argocd/source-overrides.ts'
import { detectTool, type Tool } from './argocd/tool-detection.ts'
import { type Decrypt, renderFlux } from './flux/render-flux.ts'
import { type RenderLimits, renderLimits } from './limits.ts'
import { openSources, type RecordedSources } from './recorded-sources.ts'
import { compareRelease } from './release/compare-release.ts'
import { formerObjects, renderRelease } from './release/render-release.ts'
import { redacted, toRenderedObjects } from './rendered-objects.ts'
import { insidePath } from './source-trees.ts'
import { markUnstable } from './unstable.ts'

export interface RendererOptions {
  readonly openTree: OpenTree
  /** Called when the first source needs it: plain manifests are rendered without it. */
  readonly sandbox: () => Sandbox
  /** `unredacted` for one who asked to see his Secrets; never where verdicts are made. */
  readonly redactionKey: RedactionKey | 'unredacted'
  /** Decrypts what is encrypted in a request. */
  readonly decrypt?: Decrypt
  readonly limits?: Partial<RenderLimits>
}

/**
 * Renders in the calling thread, without yielding: the thread must be one that can be killed, since nothing else ends a template that
 * loops.
 */
export interface SyncRenderer {
  /** @throws CodedError `GDE_RENDER_*`, `GDE_GIT_PATH`, `GDE_GIT_UNSUPPORTED`, `GDE_GIT_DAMAGED`, `GDE_TOO_LARGE`, `GDE_UNSUPPORTED_*` */
  render(request: RenderRequest): Rendering | RemotesNeeded
}

/**
 * Two environments with nothing in common: fields that differ between them are not compared. The first one's output is
 * used.
 */
const ENVIRONMENTS: readonly [SandboxEnvironment, SandboxEnvironment] = [
  { seed: 2, time: Date.UTC(2026, 0, 1, 0, 0, 0) },
  { seed: 3, time: Date.UTC(2031, 7, 19, 13, 47, 28) },
]

/**
 * A renderer for use inside a pool thread: it blocks, and is killed with its thread when it takes too long. Secrets are
 * redacted, unless `sealingKey` says otherwise. @throws CodedError `GDE_RENDER_…`, `GDE_GIT_…` or `GDE_TOO_LARGE`, with
 * file and line where there is one
 */
export function createRenderer(rendererOptions: RendererOptions): SyncRenderer {
  const limits = renderLimits(rendererOptions.limits)
  const { redactionKey, decrypt = cannotDecrypt } = rendererOptions
  const redact = (
    object: KubernetesObject,
    pointers: readonly string[] = [],
  ): Pick<RenderedObject, 'object' | 'copies'> =>
    redactionKey === 'unredacted' ? { object } : redacted(object, redactionKey, pointers)

  function renderRequest(request: RenderRequest): Rendering | RemotesNeeded {
    const rendering = renderDesired(request)
    if (request.formerRelease === undefined || 'needs' in rendering) return rendering
    return { ...rendering, former: formerObjects(request.formerRelease, decrypt, limits.objects) }
  }

  function renderDesired(request: RenderRequest): Rendering | RemotesNeeded {
    if (request.storedRelease !== undefined && request.sources.length === 0) {
      const objects = renderRelease(request.storedRelease, decrypt, redact, limits.objects)
      return { objects, ...NO_SOURCES, ...compared(request, request.storedRelease, decrypt, rendererOptions.sandbox) }
    }
    const files = openSources(request, rendererOptions.openTree, limits)
    const warnings: Failure[] = []
    const objects: RenderedObject[] = []
    let usedDestination = false
    let usedCommit = false
    request.sources.forEach((source, index) => {
      const { options } = source
      // Its files are used by the others.
      if (options.tool === 'none') return
      const maxObjects = limits.objects - objects.length
      const made = unlessNeeding(files, () =>
        options.tool === 'argocd'
          ? renderSource({ request, source, index, files, options, maxObjects })
          : renderFluxSource({ request, source, index, files, options, maxObjects }),
      )
      if (made === undefined) return
      objects.push(...made.objects)
      warnings.push(...made.warnings)
      usedDestination ||= made.usedDestination
      usedCommit ||= made.usedCommit
    })
    const needs = files.needs()
    if (needs.length > 0) return { needs }
    const made = { objects, dependencies: files.dependencies(), usedDestination, usedCommit }
    if (request.storedRelease === undefined) return { ...made, warnings }
    const release = compared(request, request.storedRelease, decrypt, rendererOptions.sandbox)
    return { ...made, ...release, warnings: [...warnings, ...release.warnings] }
  }

  function renderFluxSource(job: SourceJob<FluxSourceOptions | FluxHelmSourceOptions>): SourceRendering {
    const { source, files, options, maxObjects } = job
    const { destination } = job.request
    const { sandbox } = rendererOptions
    const storedRelease = { options, path: source.path, commit: source.tree.commit, files, destination, maxObjects }
    return renderFlux({ ...storedRelease, sandbox, redact, decrypt, environments: ENVIRONMENTS })
  }

  function renderSource(job: SourceJob<ArgoSourceOptions>): SourceRendering {
    const { request, source, index, files } = job
    const path = requireAppFolder(files, index, source.path)
    const options = overriddenOptions(files, index, path, job.options)
    const environment = buildEnvironment(source, options)
    const tool = options.type ?? detectTool(files.listEntries(index, path) ?? [])
    const warnings = new Map<string, Failure>()
    const warn = (warning: Failure): void => {
      warnings.set(`${warning.code} ${warning.file} ${warning.line} ${warning.message}`, warning)
    }
    const inEnvironment = (sandboxEnvironment: SandboxEnvironment): SourceOutput =>
      renderWith(tool, {
        index,
        sources: request.sources,
        options,
        path,
        files,
        environment,
        destination: request.destination,
        documentBytes: limits.documentBytes,
        warn,
        call(fn, input) {
          const text = Buffer.from(JSON.stringify(input))
          const { output, usedEnvironment } = rendererOptions.sandbox().call(fn, text, files, sandboxEnvironment)
          return { output: parseJson(Buffer.from(output).toString('utf8')), usedEnvironment }
        },
      })
    const objectsOf = (output: SourceOutput): readonly RenderedObject[] =>
      toRenderedObjects(output.objects, redactionKey, job.maxObjects)
    const first = inEnvironment(ENVIRONMENTS[0])
    const objects = objectsOf(first)
    return {
      objects: first.usedEnvironment ? markUnstable(objects, objectsOf(inEnvironment(ENVIRONMENTS[1])), warn) : objects,
      usedDestination: first.usedDestination,
      usedCommit: environment.usedCommit(),
      warnings: [...warnings.values()],
    }
  }

  return { render: (request) => namingApp(request.app, () => renderRequest(request)) }
}

function namingApp<T>(app: string, render: () => T): T {
  try {
    return render()
  } catch (error) {
    if (error instanceof CodedError) throw fromFailure({ ...error.failure, app })
    throw error
  }
}

/** Undefined when it failed for want of something that lies elsewhere: the sources after it may name more. */
function unlessNeeding<T>(files: RecordedSources, render: () => T): T | undefined {
  try {
    return render()
  } catch (error) {
    if (files.needs().length > 0) return undefined
    throw error
  }
}

/** How what a HelmRelease declares compares with the release, for releases of HelmReleases. */
function compared(
  { declaredRelease }: RenderRequest,
  stored: StoredRelease,
  decrypt: Decrypt,
  sandbox: () => Sandbox,
): Pick<Rendering, 'release' | 'warnings'> {
  if (declaredRelease === undefined) return { warnings: [] }
  const { warnings, ...release } = compareRelease(declaredRelease, stored, {
    decrypt,
    call(fn, input) {
      const { output } = sandbox().call(fn, input, NO_FILES, ENVIRONMENTS[0])
      return parseJson(Buffer.from(output).toString('utf8'))
    },
  })
  return { release, warnings }
}

const NO_FILES: SandboxFiles = { list: () => undefined, read: () => undefined, resolve: () => undefined }

/** A stored release depends on nothing else. */
const NO_SOURCES = { dependencies: [], usedDestination: false, warnings: [] } as const

function cannotDecrypt(): never {
  throw new CodedError('GDE_INTERNAL', 'this renderer cannot decrypt')
}

interface SourceJob<R> {
  readonly request: RenderRequest
  readonly source: RenderSource
  readonly index: number
  readonly files: RecordedSources
  readonly options: R
  readonly maxObjects: number
}

interface SourceRendering {
  readonly objects: readonly RenderedObject[]
  readonly usedDestination: boolean
  readonly usedCommit: boolean
  readonly warnings: readonly Failure[]
}

function renderWith(tool: Tool, context: SourceContext): SourceOutput {
  switch (tool) {
    case 'directory':
      return renderDirectory(context)
    case 'kustomize':
      return renderKustomize(context)
    case 'helm':
      return renderHelm(context)
    default:
      return tool satisfies never
  }
}

function requireAppFolder(files: RecordedSources, source: number, path: string): string {
  const inside = path.startsWith('/') ? undefined : insidePath('', path)
  if (inside === undefined) throw new CodedError('GDE_RENDER_OUTSIDE', `the path ${path} lies outside the repository`)
  const found = files.resolveEntry(source, inside)
  if (found === undefined) throw new CodedError('GDE_GIT_PATH', `${path}: there is no such folder`)
  if (found.entry.type !== 'directory') throw new CodedError('GDE_GIT_PATH', `${path} is a file, not a folder`)
  return found.path
}
