import { createHash } from 'node:crypto'
import type { GitCredentials } from '../../model/inventory.ts'
import { sameRepositoryKey } from '../../model/repository-url.ts'
import type { RepositoryId } from '../../model/source.ts'

/**
 * Names a mirror by where it is fetched from and with which credentials, so that no app reads what another's credentials
 * fetched. Files count by their path; `reference` stands for credentials that are no files (the Secret they came from).
 */
export function repositoryId(fetchUrl: string, credentials: GitCredentials, reference = ''): RepositoryId {
  const parts = [sameRepositoryKey(fetchUrl), ...credentialParts(credentials), reference]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32) as RepositoryId
}

function credentialParts(credentials: GitCredentials): readonly string[] {
  switch (credentials.type) {
    case 'none':
      return []
    case 'basicFiles':
      return ['basicFiles', credentials.username ?? '', credentials.usernameFile ?? '', credentials.passwordFile]
    case 'bearerFile':
      return ['bearerFile', credentials.tokenFile]
    case 'basic':
    case 'bearer':
      return [credentials.type]
    default:
      return credentials satisfies never
  }
}
