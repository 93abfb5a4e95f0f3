import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { bundledSource } from '../../build/bundled-source.ts'
import { SERVER_LIMITS } from '../../src/clusters/options.ts'
import type { createDispatcher as createForCluster } from '../../src/clusters/server/dispatcher.ts'
import type { createDispatcher } from '../../src/net/dispatcher.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startProxy } from '../servers/git-http-backend.ts'
import { startStaticServer } from '../servers/static-server.ts'

const SOURCE = join(import.meta.dirname, '../../src')
const PLAIN = { ca: '', certificate: '', key: '' }

test('what is bundled of undici asks servers and proxies, without fetch and mocks', async () => {
  await using folder = await temporaryFolder('undici')
  await writeFile(join(folder.path, 'asked.txt'), 'answered')
  await using server = await startStaticServer({ folder: folder.path })
  await using proxy = await startProxy()
  const bundled = await bundleOfDispatchers(folder.path)
  const spec = { untrusted: false }
  const address = { url: server.url, insecureSkipVerify: false, headers: {} }
  for (const dispatcher of [
    bundled.createDispatcher(spec, PLAIN, SERVER_LIMITS.connect),
    bundled.createDispatcher({ ...spec, proxy: proxy.url }, PLAIN, SERVER_LIMITS.connect),
    bundled.createForCluster(address, undefined, SERVER_LIMITS, {}),
    bundled.createForCluster({ ...address, proxy: proxy.url }, undefined, SERVER_LIMITS, {}),
    bundled.createForCluster(address, undefined, SERVER_LIMITS, { HTTP_PROXY: proxy.url }),
  ]) {
    const { statusCode, body } = await dispatcher.request({ origin: server.url, path: '/asked.txt', method: 'GET' })
    assert.deepEqual([statusCode, await body.text()], [200, 'answered'])
    await dispatcher.close()
  }
})

interface Dispatchers {
  readonly createDispatcher: typeof createDispatcher
  readonly createForCluster: typeof createForCluster
}

async function bundleOfDispatchers(folder: string): Promise<Dispatchers> {
  const path = join(folder, 'bundle.cjs')
  const contents = `export { createDispatcher } from './net/dispatcher.ts'
    export { createDispatcher as createForCluster } from './clusters/server/dispatcher.ts'`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: SOURCE },
    ...{ bundle: true, format: 'cjs', platform: 'node', write: false, plugins: [bundledSource] },
  })
  const text = outputFiles[0]?.text ?? ''
  for (const left of ['lib/mock/', 'lib/web/websocket/', 'lib/milo/']) assert.ok(!text.includes(left), left)
  await writeFile(path, text)
  return await import(pathToFileURL(path).href)
}
