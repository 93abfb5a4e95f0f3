import type { ArchiveType } from '../../model/apps/inventory.ts'
import type { RemoteReference } from '../../model/sources/remote-reference.ts'

/** What kind of server has it; undefined is Git. */
export function archiveTypeOf({ type }: RemoteReference): ArchiveType | undefined {
  return type === 'git' ? undefined : type
}
