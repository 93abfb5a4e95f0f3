import { createHmac, randomBytes } from 'node:crypto'
import type { AccessReviews, Identity } from '../../model/access.ts'
import { createExpiringCache } from './expiring-cache.ts'

export type TokenOutcome =
  | { readonly type: 'known'; readonly identity: Identity }
  | { readonly type: 'nobody' }
  /** Too many tokens of this client had to be asked about. */
  | { readonly type: 'busy' }

/** Whoever is revoked is let in for so long. */
const KNOWN_MS = 60_000
const UNKNOWN_MS = 10_000
const REMEMBERED = 1000
const REVIEW_MS = 5000
const LONGEST_TOKEN = 16 * 1024

/**
 * Whose a bearer token is, by TokenReview. Answers are remembered by a keyed hash of the token, those of wrong ones apart, so that a flood of
 * them evicts nobody. A token that many ask about at once is asked about once.
 * @param admits whether one more question for this client may be asked
 */
export function createTokenReader(
  reviews: Pick<AccessReviews, 'identify'>,
  { now, admits }: { readonly now: () => number; readonly admits: (client: string) => boolean },
) {
  const key = randomBytes(32)
  const known = createExpiringCache<Identity>(REMEMBERED, now)
  const unknown = createExpiringCache<true>(REMEMBERED, now)
  const running = new Map<string, Promise<Identity | undefined>>()

  /** @throws CodedError where the API server does not answer */
  return async (token: string, client: string): Promise<TokenOutcome> => {
    if (token.length > LONGEST_TOKEN) return { type: 'nobody' }
    const id = createHmac('sha256', key).update(token).digest('base64')
    const remembered = known.get(id)
    if (remembered !== undefined) return { type: 'known', identity: remembered }
    if (unknown.get(id) === true) return { type: 'nobody' }
    let asking = running.get(id)
    if (asking === undefined) {
      if (!admits(client)) return { type: 'busy' }
      asking = reviews.identify(token, AbortSignal.timeout(REVIEW_MS)).finally(() => running.delete(id))
      running.set(id, asking)
    }
    const identity = await asking
    if (identity === undefined) unknown.set(id, true, UNKNOWN_MS)
    else known.set(id, identity, KNOWN_MS)
    return identity === undefined ? { type: 'nobody' } : { type: 'known', identity }
  }
}
