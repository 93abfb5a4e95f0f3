import type { IncomingHttpHeaders } from 'node:http'
import { toFailure } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'

const TIMEOUT_MS = 5_000
/** What signs an event, and says what it is. */
const KEPT = /^(?:content-type|x-(?:hub-signature(?:-256)?|signature|event-key|(?:github|gitlab|gitea|gogs)-[a-z]+))$/
/** Of one peer: when it does not answer, the next poll finds what it missed. */
const MOST_WAITING = 8

/**
 * Passes an event to the other shards and replicas as it came, its signature included, so that each holds it to the secret itself. What is passed on is
 * marked, and goes no further.
 */
export function createPeers(
  peers: readonly string[],
  mark: string,
  log: Log,
): (name: string, headers: IncomingHttpHeaders, body: Buffer) => void {
  const waiting = new Map<string, number>()

  async function send(peer: string, path: string, headers: Record<string, string>, body: Buffer): Promise<void> {
    try {
      const response = await fetch(`${peer}${path}`, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      if (!response.ok) log('warn', 'a peer refused a push event', { peer, status: response.status })
    } catch (thrown) {
      log('warn', 'a push event cannot be passed to a peer', { ...toFailure(thrown), peer })
    }
  }

  return (name, headers, body) => {
    const kept = Object.entries(headers).flatMap(([key, value]) =>
      KEPT.test(key) && typeof value === 'string' ? [[key, value] as const] : [],
    )
    for (const peer of peers) {
      const count = waiting.get(peer) ?? 0
      if (count >= MOST_WAITING) continue
      waiting.set(peer, count + 1)
      void send(
        peer,
        `/webhooks/${encodeURIComponent(name)}`,
        { ...Object.fromEntries(kept), [mark]: '1' },
        body,
      ).finally(() => waiting.set(peer, (waiting.get(peer) ?? 1) - 1))
    }
  }
}
