import { Confidential } from '../../../model/confidential.ts'
import type { ClientCertificate, CredentialSource } from './access.ts'
import { ofSmallFiles } from './small-file.ts'

/** The kubelet rotates tokens long before they end, so that a token this old is still good; client-go rereads as often. */
const REREAD_MS = 10_000

/** A bearer token in a file that others rotate. */
export function tokenFileCredentials(path: string, certificate: ClientCertificate | undefined): CredentialSource {
  const read = ofSmallFiles(async (readFile) =>
    Confidential.used(`Bearer ${(await readFile(path, 'tokenFile')).trim()}`),
  )
  let token: Confidential | undefined
  let readAt = Number.NEGATIVE_INFINITY
  return {
    current: async () => {
      if (token === undefined || performance.now() - readAt > REREAD_MS) {
        token = await read(token === undefined)
        readAt = performance.now()
      }
      return { authorization: token, ...(certificate === undefined ? {} : { certificate }) }
    },
    renew: () => {
      token = undefined
    },
  }
}
