import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AppIndex, createAppIndex } from '../../src/engine/app-index.ts'
import { type AppState, createAppState } from '../../src/engine/app-state.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { type AppWish, app, createFixture } from './engine-fixture.ts'

const repositoryId = (name: string): RepositoryId => name as RepositoryId

test('an event finds the apps that it concerns, and no others', async () => {
  await using fixture = await createFixture()
  const stateOf = (wish: AppWish): AppState => createAppState(app(fixture, wish), undefined, 0)
  const index: AppIndex = createAppIndex()
  const shop = stateOf({ name: 'shop' })
  const other = stateOf({ name: 'other', repository: 'elsewhere', cluster: 'two' })
  // Two sources of one repository are one app.
  shop.app = { ...shop.app, sources: [...shop.app.sources, ...shop.app.sources] }
  for (const appState of [shop, other]) index.add(appState)
  assert.deepEqual([...index.usersOf(repositoryId('repository'))], [shop])
  assert.deepEqual([...index.appsOf('two')], [other])

  index.remove(shop)
  shop.app = app(fixture, { name: 'shop', repository: 'elsewhere', cluster: 'two' })
  index.add(shop)
  assert.deepEqual([...index.usersOf(repositoryId('repository'))], [])
  assert.deepEqual([...index.appsOf('one')], [])
  assert.deepEqual(new Set(index.usersOf(repositoryId('elsewhere'))), new Set([shop, other]))

  for (const appState of [shop, other]) index.remove(appState)
  assert.deepEqual([...index.appsOf('two'), ...index.usersOf(repositoryId('elsewhere'))], [])
})
