import assert from 'node:assert/strict'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { bundledSource } from '../../build/bundled-source.ts'
import { LAZY_ENTRIES, lazyPackages } from '../../build/lazy-packages.ts'
import type * as Yaml from '../../src/kubernetes/serialization/yaml.ts'
import type * as Pattern from '../../src/text/linear-pattern.ts'
import { builtProgram, MAIN } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'

const ROOT = join(import.meta.dirname, '../..')

test('a package is loaded when something of it is used, and is the same', async () => {
  await using folder = await temporaryFolder('packages')
  await bundle(folder.path)
  const away = join(folder.path, 'away-')
  const files = (await readdir(folder.path)).filter((name) => name.startsWith('package-'))
  assert.equal(files.length, Object.keys(LAZY_ENTRIES).length)
  for (const file of files) await rename(join(folder.path, file), `${away}${file}`)
  const load = (name: string) => import(pathToFileURL(join(folder.path, `${name}.js`)).href)
  const pattern: typeof Pattern = await load('pattern')
  const yaml: typeof Yaml = await load('yaml')
  const uses: readonly [() => unknown, unknown][] = [
    [() => pattern.linearPattern('^a{2,3}$')?.test('aaa'), true],
    // One that is no expression is told by the class of what is thrown.
    [() => pattern.linearPattern('a**('), undefined],
    [() => yaml.readYamlDocuments('a: [1, two]')[0]?.value, { a: [1, 'two'] }],
    // Read by the yaml package.
    [() => yaml.readYamlDocuments('a: 1\na: 2')[0]?.warnings.length, 1],
    [() => yaml.printYaml({ b: 'yes', a: null }), 'a: null\nb: "yes"\n'],
  ]
  for (const [use] of uses) assert.throws(use, { code: 'MODULE_NOT_FOUND' })
  for (const file of files) await rename(`${away}${file}`, join(folder.path, file))
  for (const [use, result] of uses) assert.deepEqual(use(), result)
})

test('packages that Fastify may need are there in the program, and have what they have', async () => {
  await builtProgram()
  for (const [entry, name] of Object.entries(LAZY_ENTRIES)) {
    const theirs = Object.keys(await import(name.replace('package:', ''))).filter((one) => one !== 'module.exports')
    const mine = Object.keys(await import(pathToFileURL(join(MAIN, '..', `${entry}.js`)).href))
    assert.deepEqual(
      mine,
      theirs.filter((one) => one !== '__esModule'),
    )
  }
})

async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      pattern: 'src/text/linear-pattern.ts',
      yaml: 'src/kubernetes/serialization/yaml.ts',
      ...LAZY_ENTRIES,
    },
    ...{ outdir: folder, bundle: true, splitting: true, format: 'esm', platform: 'node' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [lazyPackages, bundledSource],
  })
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
}
