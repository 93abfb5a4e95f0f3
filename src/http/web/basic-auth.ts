import { createHmac, randomBytes } from 'node:crypto'
import { compare } from 'bcryptjs'
import type { WebConfig } from '../../config/web/web-config.ts'
import { createFairQueue } from './fair-queue.ts'

/** `busy`: too many passwords of this client wait to be compared. */
export type SignIn = 'allowed' | 'refused' | 'busy'

export interface BasicAuth {
  /** @param client whose turn it is, such as its address */
  signIn(users: WebConfig['users'], authorization: string | undefined, client: string): Promise<SignIn>
}

const REMEMBERED = 100
/** A hash that no password is known for; its cost is put in. */
const UNKNOWN_USER = 'QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'

/**
 * Basic authentication (RFC 7617) by bcrypt. Comparing takes a tenth of a second and more, in slices between which the event loop goes on, one
 * comparison at a time. Results are remembered by a keyed hash of user, hash and password; those of right passwords apart from those of wrong
 * ones, so that a flood of wrong ones neither delays nor evicts them.
 */
export function createBasicAuth(): BasicAuth {
  const key = randomBytes(32)
  const queue = createFairQueue({ perClient: 8, clients: 64 })
  const right = new Set<string>()
  const wrong = new Set<string>()
  const running = new Map<string, Promise<boolean>>()

  return {
    async signIn(users, authorization, client) {
      const given = readCredentials(authorization)
      if (given === undefined) return 'refused'
      const known = users.get(given.user)
      const hash = known ?? unknownUserHash(users)
      const id = createHmac('sha256', key)
        .update(JSON.stringify([given.user, hash, given.password]))
        .digest('base64')
      if (right.has(id)) {
        remember(right, id)
        return 'allowed'
      }
      if (wrong.has(id)) return 'refused'
      let comparing = running.get(id)
      if (comparing === undefined) {
        comparing = queue.run(client, () => compare(given.password, hash))
        if (comparing === undefined) return 'busy'
        running.set(id, comparing)
      }
      const isRight = (await comparing.finally(() => running.delete(id))) && known !== undefined
      remember(isRight ? right : wrong, id)
      return isRight ? 'allowed' : 'refused'
    },
  }
}

/** What was used last is forgotten last. */
function remember(ids: Set<string>, id: string): void {
  ids.delete(id)
  ids.add(id)
  const [oldest] = ids
  if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest)
}

/** It takes as long as that of a known user, so that the time does not tell who is one. */
function unknownUserHash(users: WebConfig['users']): string {
  const costs = [...users.values()].map((hash) => hash.slice(4, 6)).sort()
  return `$2b$${costs.at(-1) ?? '10'}$${UNKNOWN_USER}`
}

function readCredentials(authorization: string | undefined) {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
