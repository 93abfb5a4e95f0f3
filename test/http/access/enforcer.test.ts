import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEnforcer } from '../../../src/http/access/argocd/enforcer.ts'
import { readPolicy } from '../../../src/http/access/argocd/policy-lines.ts'
import type { ArgocdPolicies } from '../../../src/model/access.ts'

const SHOP = { project: 'shop', namespace: '', name: 'web' }

function permits(
  csv: string,
  subjects: readonly string[],
  { object = SHOP, data = {}, projects = [] }: { object?: typeof SHOP } & Partial<ArgocdPolicies> = {},
): boolean {
  return createEnforcer({ data: { 'policy.csv': csv, ...data }, projects }).permits(subjects, object)
}

test('a rule allows by globs over project and name, and `*` goes over slashes', () => {
  const rule = (object: string, action = 'get', resource = 'applications') =>
    `p, alice, ${resource}, ${action}, ${object}, allow`
  for (const [csv, expected] of [
    [rule('shop/web'), true],
    [rule('shop/*'), true],
    [rule('*'), true],
    [rule('*/*'), true],
    [rule('"s?op/{web,api}"'), true],
    [rule('other/*'), false],
    [rule('shop'), false],
    [rule('shop/*', '*'), true],
    [rule('shop/*', 'sync'), false],
    [rule('shop/*', 'get', '*'), true],
    [rule('shop/*', 'get', 'projects'), false],
    ['', false],
  ] as const)
    assert.equal(permits(csv, ['alice']), expected, csv)
  const elsewhere = { ...SHOP, namespace: 'team' }
  assert.equal(permits(rule('shop/team/web'), ['alice'], { object: elsewhere }), true)
  assert.equal(permits(rule('shop/web'), ['alice'], { object: elsewhere }), false)
  assert.equal(permits(rule('shop/*'), ['alice'], { object: elsewhere }), true)
})

test('what is denied to a subject is not allowed to it, by whichever role', () => {
  const csv = `
    p, role:dev, applications, get, shop/*, allow
    p, role:not-web, applications, get, shop/web, deny
    g, alice, role:dev
    g, bob, role:dev
    g, bob, role:not-web
    g, ops, role:dev`
  assert.deepEqual(
    [['alice'], ['bob'], ['bob', 'ops'], ['nobody']].map((subjects) => permits(csv, subjects)),
    // Each of his groups counts alone, as it does there.
    [true, false, true, false],
  )
})

test('roles of roles count, and so does what Argo CD has by itself', () => {
  assert.equal(permits('g, alice, role:lead\ng, role:lead, role:admin', ['alice']), true)
  assert.equal(permits('g, alice, role:readonly', ['alice']), true)
  assert.equal(permits('g, a, b\ng, b, a', ['a']), false)
  assert.equal(permits('', ['alice'], { data: { 'policy.default': 'role:readonly' } }), true)
  const denied = 'p, alice, applications, get, *, deny'
  assert.equal(permits(denied, ['alice'], { data: { 'policy.default': 'role:readonly' } }), true)
})

test('nobody is a role, or the local admin, by being called so', () => {
  assert.equal(permits('', ['admin']), false)
  for (const name of ['role:admin', 'role:readonly', 'proj:shop:dev']) assert.equal(permits('', [name]), false)
})

test('roles of an AppProject are for its own Applications', () => {
  const role = (policies: readonly string[]) => ({ name: 'dev', groups: ['devs'], policies })
  const ask = (policies: readonly string[], object = SHOP) =>
    permits('', ['devs'], { projects: [{ name: 'shop', roles: [role(policies)] }], object })
  assert.equal(ask(['p, proj:shop:dev, applications, get, shop/*, allow']), true)
  assert.equal(ask(['p, proj:shop:dev, applications, get, shop/*, allow'], { ...SHOP, project: 'other' }), false)
  assert.equal(ask(['p, proj:shop:dev, applications, get, *, allow'], { ...SHOP, project: 'other' }), false)
  assert.equal(ask(['p, proj:shop:dev, applications, get, *, allow']), false)
  assert.equal(ask(['p, role:readonly, applications, get, shop/*, allow', 'g, devs, role:admin']), false)
  assert.equal(ask(['p, proj:shop:dev, applications, sync, shop/*, allow']), false)
})

test('expressions match a part of the text, and one that is none denies', () => {
  const regex = { data: { 'policy.matchMode': 'regex' } }
  assert.equal(permits('p, alice, applications, get, sho./w, allow', ['alice'], regex), true)
  assert.equal(permits('p, alice, applications, ^get$, ^shop/.*$, allow', ['alice'], regex), true)
  assert.equal(permits('p, alice, applications, get, ^web, allow', ['alice'], regex), false)
  const broken = 'p, alice, applications, get, .*, allow\np, alice, applications, get, (, deny'
  assert.equal(permits(broken, ['alice'], regex), false)
})

test('further texts of the ConfigMap count, and one line that is none makes all of a text count for nothing', () => {
  const data = { 'policy.team.csv': 'p, alice, applications, get, shop/*, allow', 'policy.other': 'nonsense' }
  assert.equal(permits('', ['alice'], { data }), true)
  const enforcer = createEnforcer({
    data: { 'policy.csv': 'p, alice, applications, get, *, allow\np, bob' },
    projects: [{ name: 'shop', roles: [{ name: 'dev', groups: ['devs'], policies: ['x'] }] }],
  })
  assert.equal(enforcer.permits(['alice', 'devs'], SHOP), false)
  assert.deepEqual(enforcer.unreadable, ['policy.csv', 'AppProject shop'])
})

test('lines are CSV: quotes, commas in them, blanks, comments', () => {
  assert.deepEqual(readPolicy('# one\n\n p, "a, b",applications , get, "say ""x""", allow \ng, x, y')?.rules, [
    { subject: 'a, b', resource: 'applications ', action: 'get', object: 'say "x"', effect: 'allow' },
  ])
  for (const line of ['p, a', 'p, "a, b, c, d, e', 'q, a, b', 'g, a', 'g, a, b, c', 'p, a"b, c, d, e, f', 'p a b'])
    assert.equal(readPolicy(line), undefined, line)
})
