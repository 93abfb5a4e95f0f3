import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSync } from 'bcryptjs'
import { createBasicAuth, type SignIn } from '../../src/http/web/basic-auth.ts'
import { basic, PASSWORD } from './web-config-files.ts'

const users = new Map([['prom', hashSync(PASSWORD, 8)]])
const right = basic('prom', PASSWORD)

test('a flood of wrong passwords keeps a right one waiting for one of them at most', async () => {
  const auth = createBasicAuth()
  const ended: string[] = []
  const signIn = async (client: string, authorization: string): Promise<SignIn> => {
    const outcome = await auth.signIn(users, authorization, client)
    ended.push(`${client} ${outcome}`)
    return outcome
  }
  const flood = Array.from({ length: 200 }, (_, index) => signIn('attacker', basic('prom', `guess ${index}`)))
  assert.equal(await signIn('prometheus', right), 'allowed')
  const before = ended.filter((line) => line === 'attacker refused').length
  assert.ok(before <= 2, `${before} guesses came first`)
  // Known now: it waits for nothing, although guesses are still compared.
  assert.equal(await signIn('attacker', right), 'allowed')
  assert.ok(ended.filter((line) => line === 'attacker refused').length <= before + 1)
  const outcomes = await Promise.all(flood)
  assert.equal(outcomes.filter((outcome) => outcome === 'busy').length, 200 - 9, 'one runs, eight wait')
  assert.ok(outcomes.every((outcome) => outcome !== 'allowed'))
})

test('a password that is right stays known through any number of wrong ones', async () => {
  const auth = createBasicAuth()
  const cheap = new Map([['prom', hashSync(PASSWORD, 4)]])
  assert.equal(await auth.signIn(cheap, right, 'a'), 'allowed')
  for (let index = 0; index < 300; index += 1)
    assert.equal(await auth.signIn(cheap, basic('prom', `guess ${index}`), 'b'), 'refused')
  let isKnown = false
  const known = auth.signIn(cheap, right, 'a').then(() => {
    isKnown = true
  })
  // No comparison ends within the microtasks of one turn.
  await Promise.resolve().then(() => Promise.resolve())
  assert.ok(isKnown)
  await known
})

test('an unknown user is compared like a known one, and never let in', async () => {
  const auth = createBasicAuth()
  const timed = async (authorization: string): Promise<number> => {
    const { user, system } = process.cpuUsage()
    assert.equal(await auth.signIn(users, authorization, 'a'), 'refused')
    const used = process.cpuUsage({ user, system })
    return used.user + used.system
  }
  await timed(basic('prom', 'first'))
  const known = await timed(basic('prom', 'wrong'))
  const unknown = await timed(basic('nobody', 'wrong'))
  assert.ok(unknown > known / 4, `${unknown} µs of CPU for a user who is not there, ${known} for one who is`)
})

test('a password that was changed is not known any more', async () => {
  const auth = createBasicAuth()
  assert.equal(await auth.signIn(users, right, 'a'), 'allowed')
  const changed = new Map([['prom', hashSync('another', 4)]])
  assert.equal(await auth.signIn(changed, right, 'a'), 'refused')
  assert.equal(await auth.signIn(changed, basic('prom', 'another'), 'a'), 'allowed')
})
