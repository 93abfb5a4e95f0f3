import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobQueue } from '../../src/threads/pool/job-queue.ts'
import { QueuedJob } from '../../src/threads/pool/queued-job.ts'

const NOWHERE = { kubeVersion: '', apiVersions: [] }

function jobOf(tenant: string, app: string, signal: AbortSignal = new AbortController().signal): QueuedJob {
  const input = { app, sources: [], destination: NOWHERE }
  const job = new QueuedJob(
    { name: 'render', input },
    { title: app, tenant, timeoutSeconds: 1, transfer: [], isLarge: false },
    signal,
  )
  job.output.catch(() => undefined)
  return job
}

const appOf = (job: QueuedJob | undefined): string | undefined => job?.terms.title

test('the tenant whose jobs have computed least is next, and its jobs in their order', () => {
  const queue = new JobQueue()
  const [busy, ...others] = ['a1', 'a2', 'a3'].map((app) => jobOf('a', app))
  assert.ok(busy !== undefined)
  for (const job of [busy, ...others, jobOf('b', 'b1'), jobOf('b', 'b2')]) queue.add(job, 'fresh')
  assert.equal(appOf(queue.next(false, true, true)), 'a1')
  queue.charge(busy, 5)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => appOf(queue.next(false, true, true))),
    ['b1', 'b2', 'a2', 'a3', undefined],
  )
})

test('nobody saves up by waiting, and nobody is rid of what was spent by having nothing to do', () => {
  const queue = new JobQueue()
  const old = jobOf('old', 'o1')
  queue.add(old, 'fresh')
  queue.next(false, true, true)
  queue.charge(old, 10)
  queue.add(jobOf('new', 'n1'), 'fresh')
  queue.add(jobOf('old', 'o2'), 'fresh')
  assert.equal(appOf(queue.next(false, true, true)), 'n1', 'what was spent is remembered')
  assert.equal(appOf(queue.next(false, true, true)), 'o2')
  // The floor is where `old` is now: a newcomer is no further ahead.
  const late = jobOf('late', 'l1')
  queue.add(late, 'fresh')
  queue.next(false, true, true)
  queue.charge(late, 1)
  queue.add(jobOf('late', 'l2'), 'fresh')
  queue.add(jobOf('old', 'o3'), 'fresh')
  assert.equal(appOf(queue.next(false, true, true)), 'o3')
})

test('what is long is taken where it may be, and what needs the sandbox where it is', () => {
  const queue = new JobQueue()
  const long = jobOf('a', 'long')
  long.isLong = true
  queue.add(long, 'fresh')
  queue.add(jobOf('a', 'needs'), 'needingSandbox')
  assert.equal(queue.next(false, false, true), undefined)
  assert.equal(appOf(queue.next(true, false, true)), 'needs')
  assert.equal(appOf(queue.next(true, true, true)), 'long')
})

test('what parses much is taken where nothing else does, and holds up nobody', () => {
  const queue = new JobQueue()
  const large = jobOf('a', 'large')
  large.isLarge = true
  for (const job of [large, jobOf('a', 'a2'), jobOf('b', 'b1')]) queue.add(job, 'fresh')
  assert.deepEqual(
    [false, false, false, true].map((mayBeLarge) => appOf(queue.next(false, true, mayBeLarge))),
    ['a2', 'b1', undefined, 'large'],
  )
})

test('the numbers of those that wait are right whatever becomes of them', async () => {
  const queue = new JobQueue()
  const abort = new AbortController()
  queue.add(jobOf('a', 'a1', abort.signal), 'fresh')
  queue.add(jobOf('a', 'a2'), 'needingSandbox')
  queue.add(jobOf('b', 'b1'), 'needingSandbox')
  queue.add(jobOf('b', 'b2'), 'fresh')
  assert.deepEqual([queue.fresh, queue.needingSandbox], [2, 2])
  assert.ok(queue.othersWait(jobOf('a', 'x')) && queue.othersWait(jobOf('c', 'x')))
  abort.abort()
  queue.rejectNeedingSandbox(new Error('there is none'))
  assert.deepEqual([queue.fresh, queue.needingSandbox], [1, 0])
  assert.ok(queue.othersWait(jobOf('a', 'x')) && !queue.othersWait(jobOf('b', 'x')))
  queue.rejectAll(new Error('there is none'))
  assert.deepEqual([queue.fresh, queue.needingSandbox], [0, 0])
  assert.ok(!queue.othersWait(jobOf('a', 'x')))
})
