/** Jobs by key: one that waits is not added twice, one that runs is run again afterwards. */
export interface WorkQueue<Key> {
  /** `urgent` goes before `routine`; adding as urgent what waits as routine moves it. */
  add(key: Key, priority: 'urgent' | 'routine'): void
  remove(key: Key): void
  /** How many wait or run. */
  readonly length: number
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>
}

/**
 * Tenants take turns, and whoever has fewer under way than his share of `atOnce` never waits for the others: a tenant whose jobs all hang
 * holds up himself alone. So up to twice as many may be under way.
 * @param atOnce jobs mostly wait for Git and for renderings, so several may be under way
 * @param run never rejects
 */
export function createWorkQueue<Key>(
  atOnce: number,
  run: (key: Key) => Promise<void>,
  tenantOf: (key: Key) => string = () => '',
): WorkQueue<Key> {
  const [urgent, routine] = [createLine(tenantOf), createLine(tenantOf)]
  /** With the tenant that it had when it began. */
  const running = new Map<Key, string>()
  const runningOf = new Map<string, number>()
  /** What runs and is to run again: it comes into its line once it has ended, so that nobody who takes from the lines passes it by. */
  const again = new Map<Key, 'urgent' | 'routine'>()
  const waiting: (() => void)[] = []

  function share(): number {
    const tenants = new Set([...runningOf.keys(), ...urgent.tenants.keys(), ...routine.tenants.keys()])
    return Math.max(1, Math.floor(atOnce / tenants.size))
  }

  function next(): Key | undefined {
    const isFull = running.size >= atOnce
    const most = isFull ? share() : Number.POSITIVE_INFINITY
    const mayRun = (tenant: string): boolean => (runningOf.get(tenant) ?? 0) < most
    for (const line of [urgent, routine]) {
      const key = line.take(mayRun)
      if (key !== undefined) return key
    }
    return undefined
  }

  function count(tenant: string, by: number): void {
    const left = (runningOf.get(tenant) ?? 0) + by
    if (left === 0) runningOf.delete(tenant)
    else runningOf.set(tenant, left)
  }

  function pump(): void {
    for (let key = next(); key !== undefined; key = next()) start(key)
    if (running.size === 0 && urgent.size + routine.size === 0) for (const resolve of waiting.splice(0)) resolve()
  }

  function line(priority: 'urgent' | 'routine'): Line<Key> {
    return priority === 'urgent' ? urgent : routine
  }

  function start(key: Key): void {
    const tenant = tenantOf(key)
    running.set(key, tenant)
    count(tenant, 1)
    void run(key).finally(() => {
      running.delete(key)
      count(tenant, -1)
      const priority = again.get(key)
      again.delete(key)
      if (priority !== undefined) line(priority).add(key)
      pump()
    })
  }

  let pumping = false
  return {
    add(key, priority) {
      if (running.has(key)) {
        if (again.get(key) !== 'urgent') again.set(key, priority)
        return
      }
      if (priority === 'urgent') {
        routine.delete(key)
        urgent.add(key)
      } else if (!urgent.has(key)) {
        routine.add(key)
      }
      if (pumping) return
      pumping = true
      // Deferred, so that keys added in one turn start in order of priority.
      setImmediate(() => {
        pumping = false
        pump()
      })
    },
    remove(key) {
      again.delete(key)
      urgent.delete(key)
      routine.delete(key)
    },
    get length() {
      return urgent.size + routine.size + running.size + again.size
    },
    idle() {
      if (running.size + urgent.size + routine.size === 0) return Promise.resolve()
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}

/** What waits, in lines by tenant; the tenant that was served last is last. */
interface Line<Key> {
  readonly tenants: ReadonlyMap<string, unknown>
  readonly size: number
  add(key: Key): void
  has(key: Key): boolean
  delete(key: Key): void
  take(mayRun: (tenant: string) => boolean): Key | undefined
}

function createLine<Key>(tenantOf: (key: Key) => string): Line<Key> {
  const tenants = new Map<string, Set<Key>>()
  /** Under the tenant that the key had when it came: whose it is may change while it waits. */
  const places = new Map<Key, string>()

  function remove(key: Key): void {
    const tenant = places.get(key)
    if (tenant === undefined) return
    places.delete(key)
    const keys = tenants.get(tenant)
    keys?.delete(key)
    if (keys?.size === 0) tenants.delete(tenant)
  }

  return {
    tenants,
    get size() {
      return places.size
    },
    add(key) {
      if (places.has(key)) return
      const tenant = tenantOf(key)
      places.set(key, tenant)
      const keys = tenants.get(tenant) ?? new Set()
      tenants.set(tenant, keys.add(key))
    },
    has: (key) => places.has(key),
    delete: remove,
    take(mayRun) {
      for (const [tenant, keys] of tenants) {
        if (!mayRun(tenant)) continue
        for (const key of keys) {
          tenants.delete(tenant)
          tenants.set(tenant, keys)
          remove(key)
          return key
        }
      }
      return undefined
    },
  }
}
