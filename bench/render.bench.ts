import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createTreeOpener } from '../src/git/objects/tree-reader.ts'
import type { SourceTree } from '../src/model/sources/rendering.ts'
import type { ArgoSourceOptions } from '../src/model/sources/source.ts'
import { createRenderer, type SyncRenderer } from '../src/render/renderer.ts'
import { buildSandbox } from '../src/sandbox/build.ts'
import { loadSandboxModule } from '../src/sandbox/module.ts'
import { createSandbox } from '../src/sandbox/sandbox.ts'
import { testRepository } from '../test/render/test-repository.ts'
import { toolPath } from '../test/tools/build.ts'
import { type BenchResult, type BenchRow, median } from './result.ts'

const CORPUS = join(import.meta.dirname, '../test/render/corpus')
const ROUNDS = 25

interface Subject {
  readonly label: string
  readonly path: string
  readonly options?: Partial<ArgoSourceOptions>
  readonly program: readonly string[]
}

const SUBJECTS: readonly Subject[] = [
  {
    label: 'chart of podinfo',
    path: 'podinfo/charts/podinfo',
    options: { helm: { skipTests: true } },
    program: ['helm', 'template', 'shop', 'podinfo/charts/podinfo', '--include-crds', '--skip-tests'],
  },
  {
    label: 'chart of microservices-demo',
    path: 'microservices-demo/helm-chart',
    program: ['helm', 'template', 'shop', 'microservices-demo/helm-chart', '--include-crds'],
  },
  {
    label: 'kustomization of microservices-demo',
    path: 'microservices-demo/kustomize',
    program: ['kustomize', 'build', 'microservices-demo/kustomize'],
  },
  {
    label: 'plain manifests of microservices-demo',
    path: 'microservices-demo/kubernetes-manifests',
    options: { type: 'directory', directory: { exclude: 'kustomization.yaml' } },
    program: [],
  },
]

export async function run(): Promise<readonly BenchResult[]> {
  await buildSandbox({ quiet: true, compress: false })
  const module = await loadSandboxModule()
  const repository = await testRepository()
  try {
    await repository.copy(CORPUS, '.')
    const tree = await repository.commit()
    const renderer = rendererOf(module)
    const rows: readonly BenchRow[] = SUBJECTS.map((subject) => ({
      label: subject.label,
      values: {
        'first in a thread': firstTime(module, tree, subject),
        'one more': timed(() => renderOnce(renderer, tree, subject)),
        ...(subject.program.length === 0
          ? {}
          : { 'starting the program': timed(() => runProgram(subject, repository.folder)) }),
      },
    }))
    const [podinfo] = rows
    const ratio = (podinfo?.values['starting the program'] ?? 0) / (podinfo?.values['one more'] ?? 1)
    return [
      {
        name: 'Rendering an app',
        unit: 'ms',
        rows,
        ratio: { label: 'starting helm for the chart of podinfo, against one more rendering', value: ratio },
        note: 'One thread, from the packs of a local Git repository to redacted objects. The first rendering of a thread makes the instance of the sandbox; nothing of a rendering is cached here.',
      },
    ]
  } finally {
    await repository.remove()
  }
}

function rendererOf(module: WebAssembly.Module): SyncRenderer {
  const sandbox = createSandbox(module)
  return createRenderer({ openTree: createTreeOpener(), sandbox: () => sandbox, redactionKey: Buffer.alloc(32, 1) })
}

function renderOnce(renderer: SyncRenderer, tree: SourceTree, { path, options }: Subject): void {
  const made = renderer.render({
    app: 'shop',
    destination: { kubeVersion: 'v1.36.0', apiVersions: [] },
    sources: [
      {
        tree,
        path,
        targetRevision: 'main',
        url: 'https://git.example.com/x.git',
        options: {
          tool: 'argocd',
          directory: {},
          kustomize: {},
          helm: {},
          appName: 'shop',
          namespace: 'shop',
          ...options,
        },
      },
    ],
  })
  if (!('objects' in made) || made.objects.length === 0) throw new Error(`${path} rendered nothing`)
}

function runProgram({ program: [name, ...args] }: Subject, folder: string): void {
  const file = toolPath(name === 'helm' ? 'helm' : 'kustomize')
  execFileSync(file, args, { cwd: folder, maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] })
}

function firstTime(module: WebAssembly.Module, tree: SourceTree, subject: Subject): number {
  const times = Array.from({ length: 3 }, () => elapsed(() => renderOnce(rendererOf(module), tree, subject)))
  return median(times)
}

function timed(work: () => void): number {
  return median(Array.from({ length: ROUNDS }, () => elapsed(work)))
}

function elapsed(work: () => void): number {
  const started = performance.now()
  work()
  return performance.now() - started
}
