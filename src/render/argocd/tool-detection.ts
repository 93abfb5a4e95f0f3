import type { ListedEntry } from '../recorded-sources.ts'

export type Tool = 'directory' | 'kustomize' | 'helm'

const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

export function isKustomization(name: string): boolean {
  return KUSTOMIZATION_NAMES.includes(name)
}

/**
 * The tool for a folder as Argo CD's discovery finds it: it goes through the names in byte order, and the last file
 * that indicates a tool wins. So `kustomization.yaml` beats `Chart.yaml`.
 */
export function detectTool(entries: readonly ListedEntry[]): Tool {
  let tool: Tool = 'directory'
  for (const { name, type, symlink } of entries.toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  )) {
    // Discovery does not follow symlinks: one that leads to a folder is a file to it.
    if (type === 'directory' && !symlink) continue
    if (name.endsWith('Chart.yaml')) tool = 'helm'
    if (isKustomization(name)) tool = 'kustomize'
  }
  return tool
}
