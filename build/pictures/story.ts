import { setTimeout as sleep } from 'node:timers/promises'
import type { PictureFleet } from './fleet.ts'

interface Event {
  /** Seconds from the start. */
  readonly at: number
  readonly what: string
  readonly make: (fleet: PictureFleet) => Promise<unknown>
}

/** So long the story takes, and so much of time the pictures show, seconds. */
export const STORY_SECONDS = 390
const HOUR = 3600
const ago = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds

/** What had happened before anybody looked. */
export async function before(fleet: PictureFleet): Promise<void> {
  await fleet.edit('ledger', 'staging', { manager: 'kubectl-edit', replicas: 1, at: ago(52 * HOUR) })
  await fleet.sees('ledger', 'staging')
  await fleet.release('search', '1.5.0', 'Search 1.5', ago(5 * HOUR))
  for (const cluster of ['prod-us', 'staging'] as const) await fleet.sync('search', cluster)
  await fleet.sees('search', 'prod-eu')
}

/** Six minutes in which happens what else takes a week: commits, hands in clusters, a script, a cluster that is away, a broken commit. */
const EVENTS: readonly Event[] = [
  {
    at: 30,
    what: 'a person scales by hand, and the controller sees it',
    make: async (fleet) => {
      await fleet.edit('checkout', 'prod-us', { manager: 'kubectl', subresource: 'scale', replicas: 11 })
      await sleep(3000)
      await fleet.sees('checkout', 'prod-us')
    },
  },
  {
    at: 60,
    what: 'a commit, which the controller brings to two of three clusters',
    make: (fleet) => fleet.release('storefront', '1.5.0', 'Storefront 1.5'),
  },
  { at: 72, what: 'it is in staging', make: (fleet) => fleet.sync('storefront', 'staging') },
  { at: 96, what: 'it is in prod-us', make: (fleet) => fleet.sync('storefront', 'prod-us') },
  { at: 110, what: 'it fails in prod-eu', make: (fleet) => fleet.failSync('storefront', 'prod-eu') },
  {
    at: 130,
    what: 'a script scales staging down',
    make: async (fleet) => {
      for (const app of ['storefront', 'cart', 'checkout', 'invoices', 'search'] as const)
        await fleet.edit(app, 'staging', { manager: 'kubectl-patch', replicas: 1 })
    },
  },
  {
    at: 190,
    what: 'the controller heals some of it',
    make: async (fleet) => {
      for (const app of ['storefront', 'checkout', 'search'] as const) await fleet.sync(app, 'staging')
    },
  },
  ...[200, 212, 224].flatMap((at): readonly Event[] => [
    {
      at,
      what: 'somebody and the controller undo each other’s work',
      make: (fleet) => fleet.edit('invoices', 'prod-us', { manager: 'k9s', replicas: 4 }),
    },
    { at: at + 6, what: 'the controller again', make: (fleet) => fleet.sync('invoices', 'prod-us') },
  ]),
  { at: 236, what: 'a cluster is away', make: (fleet) => fleet.lose('prod-eu') },
  { at: 300, what: 'and back', make: (fleet) => fleet.find('prod-eu') },
  {
    at: 318,
    what: 'checkout has a commit, too, which waits',
    make: (fleet) => fleet.release('checkout', '1.5.0', 'Checkout 1.5'),
  },
  { at: 330, what: 'a commit that nothing can render', make: (fleet) => fleet.breakSource('cart', 'Split cart') },
]

/** Plays it in real time; the controller looks at everything each twenty seconds. */
export async function play(fleet: PictureFleet, say: (line: string) => void): Promise<void> {
  const start = Date.now()
  const looks: readonly Event[] = Array.from({ length: STORY_SECONDS / 20 }, (_, index) => ({
    at: index * 20 + 5,
    what: '',
    make: (of) => of.reconcile(),
  }))
  for (const { at, what, make } of [...EVENTS, ...looks].toSorted((one, other) => one.at - other.at)) {
    await sleep(Math.max(0, start + at * 1000 - Date.now()))
    if (what !== '') say(`${at} s: ${what}`)
    await make(fleet)
  }
  await sleep(Math.max(0, start + STORY_SECONDS * 1000 - Date.now()))
}
