import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'

const SOURCE = join(import.meta.dirname, '../../src')

/** The places that need a credential in the clear, to send it to the host that it is for. A new one is a decision: it is made here. */
const MAY_REVEAL: readonly string[] = [
  'clusters/server/send-request.ts',
  'clusters/server/dispatcher.ts',
  'discovery/argocd/clusters/cluster-access.ts',
  'discovery/argocd/secret-data.ts',
  'clusters/server/credentials/kubeconfig-text.ts',
  'discovery/flux/secret-data.ts',
  'credentials/credential-resolver.ts',
  'credentials/secret-text.ts',
  'net/dispatcher.ts',
  'threads/rpc/secret-encryption.ts',
]

test('secrets are opened in the listed places only', async () => {
  const entries = await readdir(SOURCE, { recursive: true, withFileTypes: true })
  const opening: string[] = []
  for (const entry of entries.filter((one) => one.isFile() && one.name.endsWith('.ts'))) {
    const path = join(entry.parentPath, entry.name)
    if (/\.reveal\(/.test(await readFile(path, 'utf8'))) opening.push(relative(SOURCE, path))
  }
  assert.deepEqual(opening.sort(), [...MAY_REVEAL].sort())
})
