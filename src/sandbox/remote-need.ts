import type { RemoteNeed, RemoteReference } from '../model/sources/remote-reference.ts'

/** Reads a question of the Go code (wasm/remote.go), which leaves out what is empty. */
export function readRemoteNeed(text: string): RemoteNeed {
  const asked: unknown = JSON.parse(text)
  const field = (name: string): string => {
    const value: unknown = typeof asked === 'object' && asked !== null ? Reflect.get(asked, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  const file = field('file')
  return { ...referenceOf(field), ...(file !== '' && { file }) }
}

function referenceOf(field: (name: string) => string): RemoteReference {
  const url = field('url')
  const type = field('type')
  switch (type) {
    case 'git':
      return { type, url, revision: field('revision') }
    case 'file':
      return { type, url }
    case 'helm':
      return { type, url, chart: field('chart'), version: field('version') }
    case 'oci':
      return { type, url, version: field('version') }
    default:
      throw new Error(`the sandbox asks for a remote ${type}`)
  }
}
