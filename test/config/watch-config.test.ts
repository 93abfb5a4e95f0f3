import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { readConfigFile } from '../../src/config/read-config-file.ts'
import { type ConfigWatch, watchConfig } from '../../src/config/watch-config.ts'

type ConfigReport = { readonly accepted: number } | { readonly refused: string }

let folder = ''
let reports: ConfigReport[] = []
let wake = (): void => undefined
let watching: ConfigWatch | undefined

async function follow(path: string): Promise<void> {
  watching = watchConfig(path, await readConfigFile(path, 'config.yaml'), {
    accepted: (settings) => {
      reports.push({ accepted: settings.metrics.port })
      wake()
    },
    refused: (error) => {
      reports.push({ refused: error.failure.code })
      wake()
    },
  })
}

async function next(): Promise<ConfigReport | undefined> {
  if (reports.length === 0)
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  return reports.shift()
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'))
  reports = []
})
afterEach(async () => {
  watching?.close()
  await rm(folder, { recursive: true })
})

test('a changed file is accepted, a broken one refused, a mended one accepted again', async () => {
  const path = join(folder, 'config.yaml')
  await writeFile(path, 'metrics: { port: 1 }')
  await follow(path)
  await writeFile(path, 'metrics: { port: 2 }')
  assert.deepEqual(await next(), { accepted: 2 })
  await writeFile(path, 'metrics: { prot: 2 }')
  assert.deepEqual(await next(), { refused: 'GDE_CONFIG_INVALID' })
  await rm(path)
  assert.deepEqual(await next(), { refused: 'GDE_CONFIG_READ' })
  await writeFile(join(folder, 'other'), 'metrics: { port: 3 }')
  await rename(join(folder, 'other'), path)
  assert.deepEqual(await next(), { accepted: 3 })
})

test('the swap of links by which Kubernetes updates a ConfigMap is noticed', async () => {
  for (const [version, port] of [
    ['..v1', 1],
    ['..v2', 2],
  ] as const) {
    await mkdir(join(folder, version))
    await writeFile(join(folder, version, 'config.yaml'), `metrics: { port: ${port} }`)
  }
  await symlink('..v1', join(folder, '..data'))
  await symlink('..data/config.yaml', join(folder, 'config.yaml'))
  await follow(join(folder, 'config.yaml'))
  await symlink('..v2', join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  assert.deepEqual(await next(), { accepted: 2 })
})

test('a requested reload reports the file even if it has not changed', async () => {
  const path = join(folder, 'config.yaml')
  await writeFile(path, 'metrics: { port: 1 }')
  await follow(path)
  await watching?.reload()
  assert.deepEqual(reports, [{ accepted: 1 }])
})
