import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { toFailure } from '../model/failure.ts'
import type { AppIndex } from './app-index.ts'
import type { ClusterState } from './live/cluster-state.ts'
import { type Confidentiality, createContentOf, SavedKinds } from './live/saved-kinds.ts'
import type { EnginePorts } from './ports.ts'
import { MAX_LIVE_BYTES } from './state/live-file.ts'
import { LiveDecoder, LiveEncoder } from './state/live-format.ts'

/**
 * What was live when the last process ended. Servers keep events for some five minutes, and a cluster whose etcd was restored meanwhile
 * may have come to the same versions by another way: so what is old is worth nothing.
 */
export interface SavedLive {
  of(cluster: string): SavedKinds | undefined
}

const LONGEST_MS = 600_000
/** The main thread gives the engine ten seconds to close. */
const SAVING_MS = 3000

type LivePorts = Pick<EnginePorts, 'liveFile' | 'now' | 'log'>

/** Takes the file that was left. One that cannot be used is a line in the log: then all is listed. */
export async function takeSavedLive(ports: LivePorts): Promise<SavedLive> {
  const { now, log } = ports
  let decoder = await open(ports)
  const contents = createContentOf()
  const taken = new Map<string, SavedKinds | undefined>()
  const forget = (): void => {
    decoder = undefined
    taken.clear()
  }
  if (decoder !== undefined) setTimeout(forget, LONGEST_MS).unref()
  return {
    of(cluster) {
      if (decoder === undefined || isOld(decoder, now())) return undefined
      if (taken.has(cluster)) return taken.get(cluster)
      let saved: SavedKinds | undefined
      try {
        const found = decoder.take(cluster)
        saved = found && new SavedKinds(found, contents)
      } catch (thrown) {
        log('warn', 'what was live in a cluster cannot be used', { ...toFailure(thrown, { cluster }) })
      }
      taken.set(cluster, saved)
      return saved
    },
  }
}

async function open({ liveFile, now, log }: LivePorts): Promise<LiveDecoder | undefined> {
  try {
    const bytes = await liveFile?.take()
    if (bytes === undefined) return undefined
    const decoder = new LiveDecoder(bytes)
    if (!isOld(decoder, now())) return decoder
    log('debug', 'what was live is too old to go on from')
  } catch (thrown) {
    log('warn', 'what was live cannot be used', { ...toFailure(thrown) })
  }
  return undefined
}

/** A time to come is of another clock. */
function isOld({ savedAt }: LiveDecoder, now: number): boolean {
  return !(now >= savedAt && now - savedAt <= LONGEST_MS)
}

/**
 * Packs what the clusters hold, as many as there is time and room for, each at one moment of its watches.
 * @returns what writes it, when what is worth more has been written
 */
export async function saveLive(
  { liveFile, now, log }: LivePorts,
  clusters: Iterable<ClusterState>,
  apps: Pick<AppIndex, 'appsOf'>,
): Promise<() => Promise<void>> {
  const encoder = new LiveEncoder()
  const head = encoder.head(now())
  const chunks = [head]
  const begun = performance.now()
  let bytes = head.length
  let left = 0
  if (liveFile !== undefined)
    for (const cluster of clusters) {
      // An event that was read from a stream is taken before the turn ends.
      await eventLoopTurn()
      if (bytes >= MAX_LIVE_BYTES || performance.now() - begun > SAVING_MS) {
        left += 1
        continue
      }
      const saved = cluster.save(confidentialityIn(cluster.spec.name, apps))
      const chunk = saved && encoder.cluster(saved)
      if (chunk === undefined) continue
      bytes += chunk.length
      if (bytes < MAX_LIVE_BYTES) chunks.push(chunk)
    }
  if (left > 0) log('debug', 'not all that is live could be saved', { clusters: left })
  return async () => {
    if (liveFile === undefined || chunks.length === 1) return
    try {
      await liveFile.write(chunks)
      log('debug', 'saved what is live', { clusters: chunks.length - 1, bytes })
    } catch (thrown) {
      log('warn', 'what is live cannot be saved', { ...toFailure(thrown) })
    }
  }
}

/** A value of a Secret stands in what declares it, too: what no app declares is not known. */
function confidentialityIn(cluster: string, apps: Pick<AppIndex, 'appsOf'>): (keyText: string) => Confidentiality {
  const known = new Map<string, Confidentiality>()
  for (const { objects } of apps.appsOf(cluster))
    for (const [keyText, { declared }] of objects.records) {
      if (declared === undefined) continue
      const isSecret = declared.confidential === true || declared.redacted !== undefined
      if (isSecret || !known.has(keyText)) known.set(keyText, isSecret ? 'secret' : 'open')
    }
  return (keyText) => known.get(keyText) ?? 'unknown'
}
