import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { circlesOf, importGraph, sourceFiles } from './imports.ts'

const MOST_FILES = 22

test('no files import each other in a circle', async () => {
  assert.deepEqual(circlesOf(await importGraph()), [])
})

test('inside a room the folders import one way', async () => {
  const circles: unknown[] = []
  const graph = await importGraph()
  for (const folder of new Set([...graph.keys()].flatMap(foldersOf)))
    circles.push(...circlesOf(edgesBetweenFolders(graph, folder)))
  assert.deepEqual(circles, [])
})

test('a folder with many files has folders inside, each for one concept', async () => {
  const counts = new Map<string, number>()
  for (const file of await sourceFiles()) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  const large = [...counts].filter(([, count]) => count > MOST_FILES)
  assert.deepEqual(large, [])
})

test('a circle is found', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b', 'd']],
    ['d', []],
  ])
  assert.deepEqual(circlesOf(graph), [['b', 'c']])
})

function foldersOf(file: string): readonly string[] {
  const parts = dirname(file).split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/**
 * The imports between the folders that lie side by side in one folder. Files that lie in that folder itself are its words or put it together;
 * the test of files keeps those in order.
 */
function edgesBetweenFolders(
  graph: ReadonlyMap<string, readonly string[]>,
  parent: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const childOf = (file: string): string | undefined => {
    if (!file.startsWith(`${parent}/`)) return undefined
    const rest = file.slice(parent.length + 1).split('/')
    return rest.length > 1 ? `${parent}/${rest[0]}` : undefined
  }
  const edges = new Map<string, Set<string>>()
  for (const [file, targets] of graph) {
    const from = childOf(file)
    if (from === undefined) continue
    const to = edges.get(from) ?? new Set()
    edges.set(from, to)
    for (const target of targets) {
      const other = childOf(target)
      if (other !== undefined && other !== from) to.add(other)
    }
  }
  return edges
}
