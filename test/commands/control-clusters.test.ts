import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namesOfFolders } from '../../src/commands/repository/control-clusters.ts'
import fc from '../fast-check.ts'

test('folders that would have the same name have different ones', () => {
  assert.deepEqual(namesOfFolders(['', 'a-b', 'a-b-2', 'a/b', 'a b', '.x'], 'repository'), [
    'repository',
    'a-b',
    'a-b-2',
    'a-b-3',
    'a-b-4',
    'x',
  ])
})

test('whatever folders are called, each has a name of its own that can be a label', () => {
  const segment = fc.string({ unit: fc.constantFrom('a', 'b', '-', '2', '3', '/', ' ', 'é', '.'), maxLength: 5 })
  fc.assert(
    fc.property(fc.uniqueArray(segment, { maxLength: 12 }), (folders) => {
      const names = namesOfFolders(folders, 'repository')
      assert.equal(new Set(names).size, folders.length)
      for (const name of names) assert.match(name, /^[A-Za-z0-9][A-Za-z0-9_.-]*$/)
    }),
  )
})
