import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { objectKey } from '../../kubernetes/object.ts'
import type { ConfidentialSecret } from '../../model/clusters/cluster.ts'
import { objectKeyText } from '../../model/object.ts'
import { confidentialSecret } from '../confidential-secret.ts'
import type { SnapshotContents } from './contents.ts'
import { readSnapshotDocuments } from './parse-file.ts'

const SECRET = { group: '', kind: 'Secret' } as const

export type ReadSnapshotSecret = (
  contents: SnapshotContents,
  namespace: string,
  name: string,
) => Promise<ConfidentialSecret | undefined>

/**
 * Secrets in the clear, read from their files: the contents hold them redacted, and clear values stay in this thread. A
 * file is read once for all its Secrets, as long as nothing changes in the folder.
 */
export function createSecretReader(folder: string): ReadSnapshotSecret {
  const opened = new WeakMap<SnapshotContents, Map<string, Promise<ReadonlyMap<string, ConfidentialSecret>>>>()

  async function open(file: string, { scopes }: SnapshotContents): Promise<ReadonlyMap<string, ConfidentialSecret>> {
    const { objects } = readSnapshotDocuments(await readFile(join(folder, file)), file)
    const secrets = new Map<string, ConfidentialSecret>()
    for (const object of objects) {
      const written = objectKey(object)
      const key = scopes.withServerNamespace(written)
      if (key.kind !== SECRET.kind || key.group !== SECRET.group) continue
      const secret = { ...confidentialSecret(object), namespace: key.namespace }
      for (const name of [key, written]) secrets.set(objectKeyText(name), secret)
    }
    return secrets
  }

  return async (contents, namespace, name) => {
    const key = { ...SECRET, namespace, name }
    const file = contents.entry(key)?.file
    if (file === undefined) return undefined
    const files = opened.get(contents) ?? new Map<string, Promise<ReadonlyMap<string, ConfidentialSecret>>>()
    opened.set(contents, files)
    const secrets = files.get(file) ?? open(file, contents)
    files.set(file, secrets)
    return (await secrets).get(objectKeyText(key))
  }
}
