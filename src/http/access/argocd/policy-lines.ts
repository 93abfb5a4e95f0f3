/** One line of a policy: who may, or may not, do what to what. */
export interface PolicyRule {
  readonly subject: string
  readonly resource: string
  readonly action: string
  readonly object: string
  readonly effect: string
}

export interface Policy {
  readonly rules: readonly PolicyRule[]
  /** Who has the rights of whom: a user, a group or a role, and a role. */
  readonly grants: readonly (readonly [member: string, role: string])[]
}

/** Of one text: what is larger is no policy of people. */
const MOST_LINES = 20_000
const LONGEST_LINE = 4096

/**
 * Reads lines `p, subject, resource, action, object, effect` and `g, member, role`, each with the rules of CSV, blanks before a field left out
 * (util/rbac of Argo CD, over Casbin).
 * @returns undefined where a line is none of them: Argo CD takes none of such a text
 */
export function readPolicy(text: string): Policy | undefined {
  const rules: PolicyRule[] = []
  const grants: (readonly [string, string])[] = []
  const lines = text.split('\n').map((line) => line.trim())
  if (lines.length > MOST_LINES) return undefined
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue
    const [type, ...fields] = (line.length > LONGEST_LINE ? undefined : csvFields(line)) ?? []
    const [one = '', two = '', three = '', four = '', five = ''] = fields
    if (type === 'p' && fields.length === 5)
      rules.push({ subject: one, resource: two, action: three, object: four, effect: five })
    else if (type === 'g' && fields.length === 2) grants.push([one, two])
    else return undefined
  }
  return { rules, grants }
}

/** @returns undefined for quotes that are not closed, or stand within a field */
function csvFields(line: string): readonly string[] | undefined {
  const fields: string[] = []
  let rest = line
  for (;;) {
    // RFC 4180, as Go's encoding/csv reads it with TrimLeadingSpace.
    const [whole, quoted, plain = ''] = /^\s*(?:"((?:[^"]|"")*)"|([^",]*))/.exec(rest) ?? []
    if (whole === undefined) return undefined
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    rest = rest.slice(whole.length)
    if (rest === '') return fields
    if (!rest.startsWith(',')) return undefined
    rest = rest.slice(1)
  }
}
