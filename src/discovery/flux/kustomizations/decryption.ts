import { Confidential } from '../../../model/confidential.ts'
import { CodedError } from '../../../model/failure.ts'
import type { DecryptionKey } from '../../../model/sources/flux.ts'
import { matchesPattern } from '../../../text/star-pattern.ts'
import { type Fields, readOptionalObject, readText } from '../../fields/fields.ts'
import type { FluxContext } from '../flux-context.ts'

/**
 * `spec.decryption`, with the keys that the config has in place of its Secret. kustomize-controller does nothing for another provider
 * than SOPS, of which there is none. @returns undefined where nothing is decrypted
 * @throws CodedError `GDE_DECRYPTION_KEY` where a file cannot be read
 */
export function readDecryption(
  { settings, snapshot, encrypt }: Pick<FluxContext, 'settings' | 'snapshot' | 'encrypt'>,
  namespace: string,
  spec: Fields,
): { readonly keys: readonly DecryptionKey[] } | undefined {
  const decryption = readOptionalObject(spec, 'decryption')
  if (decryption === undefined || readText(decryption, 'provider') !== 'sops') return undefined
  const secretRef = readOptionalObject(decryption, 'secretRef')
  const secret = secretRef === undefined ? undefined : `${namespace}/${readText(secretRef, 'name')}`
  const fitting = settings.decryption.filter((key) =>
    key.secret === undefined || secret === undefined ? key.secret === secret : matchesPattern(key.secret, secret),
  )
  const keys = fitting.map(({ file }) => {
    const content = snapshot.keys.get(file)
    if (content instanceof Confidential) return { file, encrypted: encrypt(content) }
    throw new CodedError('GDE_DECRYPTION_KEY', content?.message ?? 'the file of decryption.keys is not read yet', {
      file,
    })
  })
  return { keys }
}
