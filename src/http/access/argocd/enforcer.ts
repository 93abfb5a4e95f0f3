import type { ArgocdPolicies } from '../../../model/access.ts'
import { gobwasGlob } from '../../../text/gobwas-glob.ts'
import { linearPattern } from '../../../text/linear-pattern.ts'
import type { TextMatcher } from '../../../text/pattern-machine.ts'
import { type Policy, type PolicyRule, readPolicy } from './policy-lines.ts'

/** An Application as policies name it. */
export interface PolicyObject {
  readonly project: string
  /** '' where it is that of Argo CD itself. */
  readonly namespace: string
  readonly name: string
}

export interface Enforcer {
  /** Whether one of these may `get` the Application. Subjects are users, groups and roles. */
  permits(subjects: readonly string[], object: PolicyObject): boolean
  /** Members of roles: users and groups that policies name. */
  readonly members: ReadonlySet<string>
  /** What could not be read, and gives no rights: `policy.csv`, or names of AppProjects. */
  readonly unreadable: readonly string[]
}

/** What Argo CD has by itself, as far as it lets see Applications (assets/builtin-policy.csv). */
const BUILT_IN: Policy = {
  rules: [{ subject: 'role:readonly', resource: 'applications', action: 'get', object: '*/*', effect: 'allow' }],
  grants: [['role:admin', 'role:readonly']],
}
/** Roles of roles of roles: as deep as Casbin follows them. */
const MOST_DEEP = 10

/** What a rule says of Applications, for its subject. */
interface Effect {
  readonly subject: string
  readonly isFor: (object: string) => boolean
  readonly denies: boolean
}

interface Rights {
  readonly effects: readonly Effect[]
  readonly grants: Policy['grants']
}

const NOTHING: Rights = { effects: [], grants: [] }
/** Subjects in projects that are remembered. */
const MOST_KNOWN = 50_000

/**
 * Who may see which Applications, as Argo CD's API server decides it: some rule has to allow it and none deny it, for one of the default role, the
 * user and his groups, each alone (util/rbac, server/rbacpolicy, assets/model.conf). Rules of an AppProject hold for its own Applications. Stricter
 * than there: a role of an AppProject has rules of its own name and project alone, and nobody is the local account `admin`.
 */
export function createEnforcer({ data, projects }: ArgocdPolicies): Enforcer {
  const toEffect = effectReader(data['policy.matchMode'] === 'regex')
  const unreadable: string[] = []
  const read = (name: string, text: string): Policy => {
    const policy = readPolicy(text)
    if (policy !== undefined) return policy
    unreadable.push(name)
    return { rules: [], grants: [] }
  }
  const own = read('policy.csv', policyText(data))
  const everywhere: Rights = {
    effects: [...BUILT_IN.rules, ...own.rules].flatMap(toEffect),
    grants: [...BUILT_IN.grants, ...own.grants],
  }
  const ofProjects = new Map(
    projects.map(({ name, roles }): readonly [string, Rights] => {
      const { rules } = read(`AppProject ${name}`, roles.flatMap(({ policies }) => policies).join('\n'))
      return [name, { effects: rules.filter(isOwnRule(name)).flatMap(toEffect), grants: roleGrants(name, roles) }]
    }),
  )
  const defaultRole = data['policy.default'] ?? ''
  const known = new Map<string, readonly Effect[]>()

  function effectsOf(subject: string, project: string): readonly Effect[] {
    const ofProject = ofProjects.get(project) ?? NOTHING
    const key = JSON.stringify([ofProject === NOTHING ? null : project, subject])
    const before = known.get(key)
    if (before !== undefined) return before
    const roles = reachable(subject, [...everywhere.grants, ...ofProject.grants])
    const found = [...everywhere.effects, ...ofProject.effects].filter((effect) => roles.has(effect.subject))
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(key, found)
    return found
  }

  return {
    members: new Set([everywhere, ...ofProjects.values()].flatMap(({ grants }) => grants.map(([member]) => member))),
    unreadable,
    permits(subjects, { project, namespace, name }) {
      const object = [project, ...(namespace === '' ? [] : [namespace]), name].join('/')
      const mine = subjects.filter((subject) => !isReserved(subject))
      return (defaultRole === '' ? mine : [defaultRole, ...mine]).some((subject) => {
        const fitting = effectsOf(subject, project).filter(({ isFor }) => isFor(object))
        return fitting.length > 0 && !fitting.some(({ denies }) => denies)
      })
    },
  }
}

/** Nobody is a role by being called like one. */
function isReserved(subject: string): boolean {
  return subject.startsWith('role:') || subject.startsWith('proj:')
}

/** `policy.csv`, then every `policy.<name>.csv` by name (PolicyCSV of util/rbac). */
function policyText(data: ArgocdPolicies['data']): string {
  const others = Object.keys(data).filter((key) => /^policy\..*\.csv$/.test(key) && key !== 'policy.csv')
  return ['policy.csv', ...others.sort()].map((key) => data[key] ?? '').join('\n')
}

type Roles = ArgocdPolicies['projects'][number]['roles']

function isOwnRule(project: string): (rule: PolicyRule) => boolean {
  return ({ subject, object }) => subject.startsWith(`proj:${project}:`) && object.startsWith(`${project}/`)
}

function roleGrants(project: string, roles: Roles): Policy['grants'] {
  return roles.flatMap(({ name, groups }) => groups.map((group) => [group, `proj:${project}:${name}`] as const))
}

/** A subject, and every role that it has, also by way of others. */
function reachable(subject: string, grants: Policy['grants']): ReadonlySet<string> {
  const found = new Set([subject])
  let latest: readonly string[] = [subject]
  for (let depth = 0; depth < MOST_DEEP && latest.length > 0; depth += 1) {
    const next = grants.flatMap(([member, role]) => (latest.includes(member) && !found.has(role) ? [role] : []))
    for (const role of next) found.add(role)
    latest = next
  }
  return found
}

/**
 * Rules that say something of seeing Applications. Globs have no separator, so that `*` goes over `/`; regular expressions match a part of the
 * text. A glob that is none matches nothing; an expression that is none fails whatever is asked for its subject, which therefore may not.
 */
function effectReader(isRegex: boolean): (rule: PolicyRule) => readonly Effect[] {
  const compile = (pattern: string): TextMatcher | undefined => (isRegex ? linearPattern(pattern) : gobwasGlob(pattern))
  return ({ subject, resource, action, object, effect }) => {
    const failed = isRegex ? [{ subject, isFor: () => true, denies: true }] : []
    for (const [pattern, text] of [
      [resource, 'applications'],
      [action, 'get'],
    ] as const) {
      const matcher = compile(pattern)
      if (matcher === undefined) return failed
      if (!matcher.test(text)) return []
    }
    const matcher = compile(object)
    if (matcher === undefined) return failed
    if (effect !== 'allow' && effect !== 'deny') return []
    return [{ subject, isFor: (text) => matcher.test(text), denies: effect === 'deny' }]
  }
}
