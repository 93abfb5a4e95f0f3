import { aborted, type QueuedJob } from './queued-job.ts'

type Line = 'fresh' | 'needingSandbox'

/** The jobs of one tenant that wait. */
interface Tenant {
  /** CPU seconds that its jobs have computed, from the floor on that was there when it began to wait. */
  spent: number
  /** What turned out to need the sandbox is older than the rest, so it gets the next thread that has it. */
  readonly lines: Readonly<Record<Line, QueuedJob[]>>
}

/** Of what was known of a job's time, so much is what the last one took. */
const LEARNED = 1 / 8

/** Tenants without a waiting job that are remembered, for as long as they have spent more than others. */
const MAX_IDLE = 10_000

/**
 * The jobs that wait for a thread, in lines by tenant: the tenant whose jobs have computed least is next (start-time fair queueing), so
 * that who loops waits behind everybody else. A job that turned out to need the sandbox waits apart for a thread that has loaded it.
 * Taking a job takes time with the tenants that wait, not with all that there are.
 */
export class JobQueue {
  readonly #waiting = new Map<string, Tenant>()
  /** What tenants have spent of which no job waits. */
  readonly #idle = new Map<string, number>()
  readonly #counts: Record<Line, number> = { fresh: 0, needingSandbox: 0 }
  /** What the tenant had spent that was served last: nobody saves up by waiting. */
  #floor = 0
  /** CPU seconds of a job, by those that were done. */
  #usual = 0

  get fresh(): number {
    return this.#counts.fresh
  }

  get needingSandbox(): number {
    return this.#counts.needingSandbox
  }

  /** CPU seconds that the waiting jobs will take, if they are as those before. */
  get expectedSeconds(): number {
    return (this.fresh + this.needingSandbox) * this.#usual
  }

  add(job: QueuedJob, line: Line): void {
    this.#tenantOf(job).lines[line].push(job)
    this.#counts[line] += 1
    job.onAbort = () => {
      this.#take(job, line)
      job.reject(aborted())
    }
  }

  /**
   * @param mayBeLong whether a job may be taken that has spent its slice already
   * @param mayBeLarge whether one may that parses much
   */
  next(hasSandbox: boolean, mayBeLong: boolean, mayBeLarge: boolean): QueuedJob | undefined {
    let best: { readonly spent: number; readonly line: Line; readonly job: QueuedJob } | undefined
    for (const { spent, lines } of this.#waiting.values()) {
      if (best !== undefined && spent >= best.spent) continue
      for (const line of hasSandbox ? (['needingSandbox', 'fresh'] as const) : (['fresh'] as const)) {
        const job = lines[line].find(({ isLong, isLarge }) => (mayBeLong || !isLong) && (mayBeLarge || !isLarge))
        if (job === undefined) continue
        best = { spent, line, job }
        break
      }
    }
    if (best === undefined) return undefined
    this.#floor = best.spent
    this.#take(best.job, best.line)
    return best.job
  }

  /** The job has computed for so long. */
  charge({ terms: { tenant } }: QueuedJob, seconds: number): void {
    const waiting = this.#waiting.get(tenant)
    if (waiting !== undefined) waiting.spent += seconds
    else this.#remember(tenant, Math.max(this.#idle.get(tenant) ?? 0, this.#floor) + seconds)
  }

  /** A job was done, and took so long. */
  learn(seconds: number): void {
    this.#usual += (seconds - this.#usual) * LEARNED
  }

  /** Whether a job of somebody else waits. */
  othersWait({ terms: { tenant } }: QueuedJob): boolean {
    return this.#waiting.size > (this.#waiting.has(tenant) ? 1 : 0)
  }

  rejectNeedingSandbox(error: unknown): void {
    this.#reject('needingSandbox', error)
  }

  rejectAll(error: unknown): void {
    this.#reject('needingSandbox', error)
    this.#reject('fresh', error)
  }

  #reject(line: Line, error: unknown): void {
    for (const { lines } of this.#waiting.values())
      for (const job of [...lines[line]]) {
        this.#take(job, line)
        job.reject(error)
      }
  }

  #tenantOf({ terms: { tenant: name } }: QueuedJob): Tenant {
    const known = this.#waiting.get(name)
    if (known !== undefined) return known
    const spent = Math.max(this.#idle.get(name) ?? 0, this.#floor)
    const tenant: Tenant = { spent, lines: { fresh: [], needingSandbox: [] } }
    this.#idle.delete(name)
    this.#waiting.set(name, tenant)
    return tenant
  }

  #take(job: QueuedJob, line: Line): void {
    const name = job.terms.tenant
    const tenant = this.#waiting.get(name)
    const index = tenant?.lines[line].indexOf(job) ?? -1
    if (tenant === undefined || index === -1) return
    tenant.lines[line].splice(index, 1)
    this.#counts[line] -= 1
    if (tenant.lines.fresh.length + tenant.lines.needingSandbox.length > 0) return
    this.#waiting.delete(name)
    this.#remember(name, tenant.spent)
  }

  #remember(name: string, spent: number): void {
    this.#idle.set(name, spent)
    if (this.#idle.size <= MAX_IDLE) return
    for (const [other, others] of this.#idle) if (others <= this.#floor) this.#idle.delete(other)
  }
}
