import { join } from 'node:path'

/** Where the mirrors of all repositories are. */
export function mirrorsFolder(stateDirectory: string): string {
  return join(stateDirectory, 'git')
}
