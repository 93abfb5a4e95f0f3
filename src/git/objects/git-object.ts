import { createHash } from 'node:crypto'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

/** One object of a repository. `data` may be shared with a cache: never write to it. */
export interface GitObject {
  readonly type: ObjectType
  readonly data: Uint8Array
}

const OBJECT_ID = /^[0-9a-f]{40}$/

/** Whether it is a full SHA-1 object ID, lower case, as this program writes them. */
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text)
}

/** Git's name of an object: the SHA-1 of type, size and content. */
export function objectId(type: ObjectType, data: Uint8Array): Buffer {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest()
}
