import { aborted, type QueuedJob } from './queued-job.ts'

/** The jobs of one tenant that wait, and what its jobs have computed. */
interface Tenant {
  /** CPU seconds, from the floor on that was there when its first job came. */
  spent: number
  readonly fresh: QueuedJob[]
  /** They are older than the others, so they get the next thread that has the sandbox. */
  readonly needingSandbox: QueuedJob[]
}

/** Idle tenants that are remembered. */
const MAX_TENANTS = 10_000

/**
 * The jobs that wait for a thread, in lines by tenant: the tenant whose jobs have computed least is next (start-time fair queueing), so
 * that who loops waits behind everybody else. A job that turned out to need the sandbox waits apart for a thread that has loaded it.
 */
export class JobQueue {
  readonly #tenants = new Map<string, Tenant>()
  /** What the tenant had spent that was served last: nobody saves up by waiting. */
  #floor = 0

  get fresh(): number {
    return this.#tenants.values().reduce((sum, { fresh }) => sum + fresh.length, 0)
  }

  get needingSandbox(): number {
    return this.#tenants.values().reduce((sum, { needingSandbox }) => sum + needingSandbox.length, 0)
  }

  add(job: QueuedJob, line: 'fresh' | 'needingSandbox'): void {
    const jobs = this.#tenantOf(job)[line]
    jobs.push(job)
    job.onAbort = () => {
      jobs.splice(jobs.indexOf(job), 1)
      job.reject(aborted())
    }
  }

  /** @param mayBeLong whether a job may be taken that has spent its slice already */
  next(hasSandbox: boolean, mayBeLong: boolean): QueuedJob | undefined {
    let best: { readonly tenant: Tenant; readonly line: QueuedJob[]; readonly index: number } | undefined
    for (const tenant of this.#tenants.values()) {
      if (best !== undefined && tenant.spent >= best.tenant.spent) continue
      for (const line of hasSandbox ? [tenant.needingSandbox, tenant.fresh] : [tenant.fresh]) {
        const index = line.findIndex(({ isLong }) => mayBeLong || !isLong)
        if (index === -1) continue
        best = { tenant, line, index }
        break
      }
    }
    if (best === undefined) return undefined
    this.#floor = best.tenant.spent
    return best.line.splice(best.index, 1)[0]
  }

  /** The job has computed for so long. */
  charge(job: QueuedJob, cpuSeconds: number): void {
    this.#tenantOf(job).spent += cpuSeconds
  }

  /** Whether a job of somebody else waits. */
  othersWait({ terms: { tenant: own } }: QueuedJob): boolean {
    return this.#tenants
      .entries()
      .some(([name, { fresh, needingSandbox }]) => name !== own && fresh.length + needingSandbox.length > 0)
  }

  rejectNeedingSandbox(error: unknown): void {
    for (const { needingSandbox } of this.#tenants.values())
      for (const job of needingSandbox.splice(0)) job.reject(error)
  }

  rejectAll(error: unknown): void {
    this.rejectNeedingSandbox(error)
    for (const { fresh } of this.#tenants.values()) for (const job of fresh.splice(0)) job.reject(error)
  }

  #tenantOf({ terms: { tenant: name } }: QueuedJob): Tenant {
    const known = this.#tenants.get(name)
    if (known === undefined) this.#forgetIdle()
    const tenant = known ?? { spent: this.#floor, fresh: [], needingSandbox: [] }
    if (tenant.fresh.length + tenant.needingSandbox.length === 0) tenant.spent = Math.max(tenant.spent, this.#floor)
    this.#tenants.set(name, tenant)
    return tenant
  }

  #forgetIdle(): void {
    if (this.#tenants.size < MAX_TENANTS) return
    for (const [name, { fresh, needingSandbox, spent }] of this.#tenants)
      if (fresh.length + needingSandbox.length === 0 && spent <= this.#floor) this.#tenants.delete(name)
  }
}
