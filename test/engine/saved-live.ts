import { LiveDecoder, type SavedCluster } from '../../src/engine/state/live-format.ts'

const HASH_BYTES = 32

/** What stands of the cluster `one` in a file of live objects. */
export function readSavedLive(file: Buffer): readonly SavedCluster[] {
  const found = new LiveDecoder(file.subarray(0, -HASH_BYTES)).take('one')
  return found === undefined ? [] : [found]
}
