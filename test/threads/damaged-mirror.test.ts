import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { App } from '../../src/model/apps/app.ts'
import type { Inventory } from '../../src/model/apps/inventory.ts'
import { urlOf } from '../discovery/urls.ts'
import { app, configMap, createFixture, type Fixture, inventory, isStatus } from '../engine/engine-fixture.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { run } from './running-runtime.ts'

/** Polls look at the mirror too: here none comes. */
const NEVER_SECONDS = 3600

/** Changes a byte of one object of the only mirror, behind the exporter's back. */
async function damage(fixture: Fixture, path: string): Promise<void> {
  const mirrors = join(fixture.folder, 'state/git')
  const [mirror = ''] = await readdir(mirrors)
  const folder = join(mirrors, mirror, 'objects/pack')
  const index = (await readdir(folder)).find((name) => name.endsWith('.idx')) ?? ''
  const id = fixture.git('repository', 'rev-parse', `HEAD:${path}`).trim()
  const listing = execFileSync('git', ['verify-pack', '--verbose', join(folder, index)], { encoding: 'utf8' })
  const line = listing.split('\n').find((one) => one.startsWith(id)) ?? ''
  const offset = Number(line.trim().split(/\s+/)[4])
  const pack = join(folder, index.replace(/idx$/, 'pack'))
  await chmod(pack, 0o600)
  const file = await open(pack, 'r+')
  const bytes = Buffer.alloc(4)
  const position = offset + 8
  await file.read(bytes, 0, 4, position)
  await file.write(Buffer.from(bytes.map((byte) => byte ^ 0xff)), 0, 4, position)
  await file.close()
  assert.ok((await stat(pack)).size > position)
}

test('an object of a mirror that cannot be read any more is fetched anew, and its app has its verdict', async () => {
  await using fixture = await createFixture()
  const files = ['shop', 'other'].map((name) => [`${name}/settings.yaml`, configMap(name, 'one'.repeat(50))] as const)
  await fixture.commit('repository', Object.fromEntries(files))
  for (const name of ['shop', 'other'])
    await fixture.live('one', `${name}.yaml`, configMap(name, 'one'.repeat(50), 'shop'))
  await using server = await startGitServer({ root: fixture.folder })
  const served = (apps: readonly App[]): Inventory => {
    const { repositories, ...rest } = inventory(fixture, apps)
    const fetchUrl = urlOf(`${server.url}/repository/.git`).address
    return {
      ...rest,
      repositories: repositories.map((spec) => ({ ...spec, fetchUrl, pollIntervalSeconds: NEVER_SECONDS })),
    }
  }
  await using running = await run(fixture)
  const shop = app(fixture, { name: 'shop' })
  running.runtime.reconcile(served([shop]))
  await running.until('shop', isStatus('Synced'))
  await damage(fixture, 'other/settings.yaml')
  running.runtime.reconcile(served([shop, app(fixture, { name: 'other' })]))
  await running.until('other', isStatus('Synced'))
  assert.ok(
    running.logged.some(({ level, message }) => level === 'warn' && message.startsWith('a mirror is made anew')),
  )
})
