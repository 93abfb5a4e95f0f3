import { after, before } from 'node:test'
import { openTree } from '../../../src/git/objects/tree-reader.ts'
import type { Encrypted } from '../../../src/model/encrypted.ts'
import type { FluxArtifact, FluxHelmSourceOptions, FluxSourceOptions } from '../../../src/model/sources/flux.ts'
import type { DestinationVersions, Rendering, RenderRemote, SourceTree } from '../../../src/model/sources/rendering.ts'
import type { Sandbox } from '../../../src/model/sources/sandbox.ts'
import { createRenderer } from '../../../src/render/renderer.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { testModule } from '../../sandbox/test-sandbox.ts'
import { DESTINATION, REDACTION_KEY, rendered } from '../rendering.ts'
import { type RepositoryFile, type TestRepository, testRepository } from '../test-repository.ts'

export const ARTIFACT: FluxArtifact = { source: 0, ignore: '', sparse: [], submodules: false, includes: [] }

export interface FluxSnapshot {
  commit(files: Readonly<Record<string, RepositoryFile | undefined>>): Promise<SourceTree>
  readonly folder: string
}

/** A repository for the tests of one file, and the real sandbox. */
export function fluxSnapshot(): FluxSnapshot {
  let repository: TestRepository
  before(async () => {
    repository = await testRepository()
    sandbox ??= createSandbox(await testModule())
  })
  after(() => repository.remove())
  return {
    commit: (files) => repository.commit(files),
    get folder() {
      return repository.folder
    },
  }
}

let sandbox: Sandbox | undefined

export type KustomizationOptions = Partial<Omit<FluxSourceOptions, 'tool' | 'spec'>> & {
  readonly path?: string
  /** Shows Secrets as one sees them who asked for it. */
  readonly unredacted?: boolean
  readonly spec?: Partial<FluxSourceOptions['spec']>
}

/** Renders a Kustomization; the first tree is that of its own source. */
export function renderKustomization(
  trees: readonly SourceTree[],
  { path = '', spec, unredacted = false, ...options }: KustomizationOptions = {},
  remotes: readonly RenderRemote[] = [],
): Rendering {
  const whole: FluxSourceOptions = {
    tool: 'flux',
    artifact: ARTIFACT,
    name: 'shop',
    namespace: 'flux-system',
    ...options,
    spec: {
      patches: [],
      images: [],
      components: [],
      ignoreMissingComponents: false,
      buildMetadata: [],
      decrypts: false,
      ...spec,
    },
  }
  return renderSources(trees, whole, path, DESTINATION, remotes, unredacted)
}

export function renderHelmRelease(
  trees: readonly SourceTree[],
  options: Partial<FluxHelmSourceOptions> = {},
  destination: DestinationVersions = DESTINATION,
  remotes: readonly RenderRemote[] = [],
): Rendering {
  const whole: FluxHelmSourceOptions = {
    tool: 'fluxHelm',
    artifact: ARTIFACT,
    name: 'web',
    ownerNamespace: 'flux-system',
    chart: './charts/web',
    valuesFiles: [],
    ignoreMissingValuesFiles: false,
    versionedByCommit: false,
    releaseName: 'web',
    namespace: 'shop',
    revision: 1,
    valuesFrom: [],
    values: {},
    skipSchemaValidation: false,
    postRenderers: [],
    postRenderStrategy: 'combined',
    crds: 'Create',
    ...options,
  }
  return renderSources(trees, whole, whole.chart, destination, remotes)
}

function renderSources(
  trees: readonly SourceTree[],
  options: FluxSourceOptions | FluxHelmSourceOptions,
  path: string,
  destination: DestinationVersions,
  remotes: readonly RenderRemote[],
  unredacted = false,
): Rendering {
  const request = {
    app: 'shop',
    destination,
    remotes,
    sources: trees.map((tree, index) => ({
      tree,
      path: index === 0 ? path : '',
      targetRevision: 'main',
      url: 'https://git.example.com/fleet.git',
      options: index === 0 ? options : ({ tool: 'none' } as const),
    })),
  }
  return rendered(renderer(unredacted).render(request))
}

function renderer(unredacted: boolean) {
  return createRenderer({
    openTree,
    sandbox: () => {
      if (sandbox === undefined) throw new Error('no sandbox')
      return sandbox
    },
    redactionKey: unredacted ? 'unredacted' : REDACTION_KEY,
    decrypt: (encrypted) => encrypted.slice('encrypted:'.length),
  })
}

/** Stands for the encryption between threads: readable without a key. */
export function encrypted(text: string): Encrypted {
  return `encrypted:${text}` as Encrypted
}
