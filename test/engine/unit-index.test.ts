import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUnitIndex, type UnitIndex } from '../../src/engine/app-index.ts'
import { type AppUnit, createAppUnit } from '../../src/engine/app-state.ts'
import type { RepositoryId } from '../../src/model/source.ts'
import { type AppWish, app, createWorld } from './world.ts'

const repositoryId = (name: string): RepositoryId => name as RepositoryId

test('an event finds the apps that it concerns, and no others', async () => {
  await using world = await createWorld()
  const unitOf = (wish: AppWish): AppUnit => createAppUnit(app(world, wish), undefined, 0)
  const index: UnitIndex = createUnitIndex()
  const shop = unitOf({ name: 'shop' })
  const other = unitOf({ name: 'other', repository: 'elsewhere', cluster: 'two' })
  // Two sources of one repository are one app.
  shop.app = { ...shop.app, sources: [...shop.app.sources, ...shop.app.sources] }
  for (const unit of [shop, other]) index.add(unit)
  assert.deepEqual([...index.usersOf(repositoryId('repository'))], [shop])
  assert.deepEqual([...index.appsOf('two')], [other])

  index.remove(shop)
  shop.app = app(world, { name: 'shop', repository: 'elsewhere', cluster: 'two' })
  index.add(shop)
  assert.deepEqual([...index.usersOf(repositoryId('repository'))], [])
  assert.deepEqual([...index.appsOf('one')], [])
  assert.deepEqual(new Set(index.usersOf(repositoryId('elsewhere'))), new Set([shop, other]))

  for (const unit of [shop, other]) index.remove(unit)
  assert.deepEqual([...index.appsOf('two'), ...index.usersOf(repositoryId('elsewhere'))], [])
})
