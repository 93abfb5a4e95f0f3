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
import { largeCharts } from './large-charts.ts'
import { type BenchResult, type BenchRow, type Goal, median } from './result.ts'

const CORPUS = join(import.meta.dirname, '../test/render/corpus')
const ROUNDS = 25
const FEW_ROUNDS = 5
/** Until the compiler of the machine's code has seen what is used, which is what a warm thread is. */
const WARMING = 60
/** Milliseconds from which on few rounds are enough. */
const LONG = 500

interface Subject {
  readonly label: string
  readonly path: string
  readonly options?: Partial<ArgoSourceOptions>
  readonly program: readonly string[]
  /** Of its program's CPU, at most this share. */
  readonly share?: number
}

const SUBJECTS: readonly Subject[] = [
  {
    label: 'chart of podinfo',
    path: 'podinfo/charts/podinfo',
    options: { helm: { skipTests: true } },
    program: ['helm', 'template', 'shop', 'podinfo/charts/podinfo', '--include-crds', '--skip-tests'],
    share: 0.5,
  },
  {
    label: 'chart of microservices-demo',
    path: 'microservices-demo/helm-chart',
    program: ['helm', 'template', 'shop', 'microservices-demo/helm-chart', '--include-crds'],
    share: 0.5,
  },
  {
    label: 'kustomization of microservices-demo',
    path: 'microservices-demo/kustomize',
    program: ['kustomize', 'build', 'microservices-demo/kustomize'],
    share: 1,
  },
  {
    label: 'plain manifests of microservices-demo',
    path: 'microservices-demo/kubernetes-manifests',
    options: { type: 'directory', directory: { exclude: 'kustomization.yaml' } },
    program: [],
  },
  large('large-tpl', 'chart that prints 800 kB and calls tpl 12,000 times'),
  large('large-include', 'chart that prints 800 kB and calls include 14,000 times'),
  large('large-definitions', 'chart with 740 kB of CustomResourceDefinitions'),
]

function large(path: string, label: string): Subject {
  return { label, path, program: ['helm', 'template', 'shop', path, '--include-crds'], share: 2 }
}

export async function run(): Promise<readonly BenchResult[]> {
  await buildSandbox({ quiet: true, compress: false })
  const module = await loadSandboxModule()
  const repository = await testRepository()
  try {
    await repository.copy(CORPUS, '.')
    const tree = await repository.commit(filesOf(largeCharts()))
    const renderer = rendererOf(module)
    return [
      {
        name: 'Rendering an app',
        unit: 'ms of CPU',
        rows: SUBJECTS.map((subject) => rowOf(subject, module, renderer, { tree, folder: repository.folder })),
        note: 'One thread, from the packs of a local Git repository to redacted objects, beside the program that prints them as text. The first rendering of a thread makes the instance of the sandbox and compiles what it uses. Each one more is that of another app, so only what was read of the chart is the same.',
      },
    ]
  } finally {
    await repository.remove()
  }
}

interface Repository {
  readonly tree: SourceTree
  readonly folder: string
}

function rowOf(subject: Subject, module: WebAssembly.Module, renderer: SyncRenderer, at: Repository): BenchRow {
  const again = (): void => renderOnce(renderer, at.tree, subject)
  again()
  const isLong = cpuTime(again) > LONG
  if (!isLong) for (let round = 0; round < WARMING; round += 1) again()
  const rounds = isLong ? FEW_ROUNDS : ROUNDS
  const isAlone = subject.program.length === 0
  // In turns: what else the machine does weighs on both alike.
  const turns = Array.from({ length: rounds }, () => ({
    ours: cpuTime(again),
    theirs: isAlone ? 0 : programTime(subject, at.folder),
  }))
  const oneMore = median(turns.map(({ ours }) => ours))
  const first = medianOf(3, () => cpuTime(() => renderOnce(rendererOf(module), at.tree, subject)))
  const values = { 'first in a thread': first, 'one more': oneMore }
  if (isAlone) return { label: subject.label, values }
  const program = median(turns.map(({ theirs }) => theirs))
  return {
    label: subject.label,
    values: { ...values, 'the program': program, 'one more / the program': oneMore / program },
    ...(subject.share !== undefined && { goal: goalOf(subject.share, oneMore / program) }),
  }
}

function goalOf(share: number, measured: number): Goal {
  return { text: `one more at most ${share} times the program`, met: measured <= share }
}

function filesOf(charts: Readonly<Record<string, Readonly<Record<string, string>>>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(charts).flatMap(([folder, files]) =>
      Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
    ),
  )
}

function rendererOf(module: WebAssembly.Module): SyncRenderer {
  const sandbox = createSandbox(module)
  return createRenderer({ openTree: createTreeOpener(), sandbox: () => sandbox, redactionKey: Buffer.alloc(32, 1) })
}

let apps = 0

function renderOnce(renderer: SyncRenderer, tree: SourceTree, { path, options }: Subject): void {
  apps += 1
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
          appName: `shop-${apps}`,
          namespace: 'shop',
          ...options,
        },
      },
    ],
  })
  if (!('objects' in made) || made.objects.length === 0) throw new Error(`${path} rendered nothing`)
}

/** What the shell says of the CPU of its children, in milliseconds. */
function programTime({ program: [name, ...args] }: Subject, folder: string): number {
  const file = toolPath(name === 'helm' ? 'helm' : 'kustomize')
  const script = '"$@" >/dev/null 2>&1 && times'
  const told = execFileSync('bash', ['-c', script, 'bash', file, ...args], { cwd: folder, encoding: 'utf8' })
  const [, children = ''] = told.trim().split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  )
}

/** All threads of this process: compiling and collecting garbage count. */
function cpuTime(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function medianOf(rounds: number, measure: () => number): number {
  return median(Array.from({ length: rounds }, measure))
}
