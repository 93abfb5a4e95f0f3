import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

const SOURCE = join(import.meta.dirname, '../../src')

/** Every file of src with the files that it imports, both relative to src. */
export async function importGraph(): Promise<ReadonlyMap<string, readonly string[]>> {
  const graph = new Map<string, readonly string[]>()
  for (const file of await sourceFiles()) {
    const names = importsOf(await readFile(join(SOURCE, file), 'utf8'))
    const local = names.filter((name) => name.startsWith('.'))
    graph.set(
      file,
      local.map((name) => join(dirname(file), name)),
    )
  }
  return graph
}

export async function sourceFiles(): Promise<readonly string[]> {
  const entries = await readdir(SOURCE, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(SOURCE, join(entry.parentPath, entry.name)))
}

export function importsOf(text: string): readonly string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)
  return [...found].map((match) => match[1]).filter((name) => name !== undefined)
}

/** The circles of a graph: groups of nodes of which each leads to every other (Tarjan's strongly connected components of two and more). */
export function circlesOf(graph: ReadonlyMap<string, Iterable<string>>): readonly (readonly string[])[] {
  const indexes = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (node: string): number => {
    const index = indexes.size
    indexes.set(node, index)
    let low = index
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!indexes.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, indexes.get(next) ?? index)
    }
    lowest.set(node, low)
    if (low === index) {
      const circle = stack.splice(stack.indexOf(node))
      if (circle.length > 1) circles.push(circle.sort())
    }
    return low
  }
  for (const node of graph.keys()) if (!indexes.has(node)) visit(node)
  return circles
}
