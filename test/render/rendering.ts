import assert from 'node:assert/strict'
import { openTree } from '../../src/git/objects/tree-reader.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type {
  DestinationVersions,
  RemotesNeeded,
  Rendering,
  RenderRemote,
  RenderSource,
  SourceTree,
} from '../../src/model/sources/rendering.ts'
import type { Sandbox } from '../../src/model/sources/sandbox.ts'
import type { ArgoSourceOptions } from '../../src/model/sources/source.ts'
import type { RenderLimits } from '../../src/render/limits.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { testModule } from '../sandbox/test-sandbox.ts'
import { complete } from './complete.ts'

export const REDACTION_KEY = Buffer.alloc(32, 7)
export const DESTINATION: DestinationVersions = { kubeVersion: 'v1.36.0', apiVersions: [] }

export interface TestSource extends Partial<Omit<RenderSource, 'options'>> {
  readonly tree: SourceTree
  readonly options?: Partial<ArgoSourceOptions>
}

export interface RenderTestOptions {
  readonly destination?: DestinationVersions
  readonly limits?: Partial<RenderLimits>
  readonly remotes?: readonly RenderRemote[]
}

let sandbox: Sandbox | undefined

/** Renders sources with the real reader of Git and the real sandbox, which `withSandbox` makes. */
export function render(sources: readonly TestSource[], options: RenderTestOptions = {}): Rendering {
  return rendered(renderOrNeed(sources, options))
}

/** What came of a rendering that needs nothing more. @throws CodedError where it does, as the engine has it without a network */
export function rendered(outcome: Rendering | RemotesNeeded): Rendering {
  return complete(outcome, 'shop')
}

export function renderOrNeed(
  sources: readonly TestSource[],
  options: RenderTestOptions = {},
): Rendering | RemotesNeeded {
  const renderer = createRenderer({
    openTree,
    sandbox: () => sandbox ?? assert.fail('plain manifests need no sandbox'),
    redactionKey: REDACTION_KEY,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  return renderer.render({
    app: 'shop',
    destination: options.destination ?? DESTINATION,
    ...(options.remotes !== undefined && { remotes: options.remotes }),
    sources: sources.map(({ options, ...source }) => ({
      path: '',
      targetRevision: 'main',
      url: 'https://git.example.com/shop.git',
      ...source,
      options: {
        tool: 'argocd',
        directory: {},
        kustomize: {},
        helm: {},
        appName: 'shop',
        namespace: 'shop',
        project: 'web',
        ...options,
      },
    })),
  })
}

export async function withSandbox(): Promise<void> {
  sandbox ??= createSandbox(await testModule())
}

export function renderFailure(sources: readonly TestSource[], options: RenderTestOptions = {}): Failure {
  try {
    render(sources, options)
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    assert.equal(error.failure.app, 'shop')
    return error.failure
  }
  return assert.fail('it was rendered')
}

/** `ConfigMap a`, in the order of the rendering. */
export function namesOf(rendering: Rendering): readonly string[] {
  return rendering.objects.map(({ object }) => `${object.kind} ${object.metadata.name}`)
}

/** The only object. */
export function onlyObject(rendering: Rendering): KubernetesObject {
  assert.equal(rendering.objects.length, 1, namesOf(rendering).join(', '))
  return rendering.objects[0]?.object ?? assert.fail('no object')
}

export function dataOf(rendering: Rendering): JsonObject {
  const data = onlyObject(rendering).data
  assert.ok(typeof data === 'object' && data !== null && !Array.isArray(data))
  return Object(data)
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: ${JSON.stringify(data)}\n`
}
