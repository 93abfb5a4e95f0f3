import { denyGlob } from './deny-glob.ts'

interface Rule {
  /** A glob of an AppProject. */
  readonly pattern: string
  readonly whenMatching: 'permit' | 'deny' | 'ignore'
  readonly otherwise: 'deny' | 'ignore'
}

/** Whether some rule permits the namespace and none denies it, in their order (isDestinationMatched). */
export function namespaceTest(rules: readonly Rule[]): (namespace: string) => boolean {
  const compiled = rules.map(({ pattern, whenMatching, otherwise }) => ({
    glob: denyGlob(pattern),
    whenMatching,
    otherwise,
  }))
  return (namespace) => {
    let permitted = false
    for (const { glob, whenMatching, otherwise } of compiled) {
      const decision = glob.test(namespace) ? whenMatching : otherwise
      if (decision === 'deny') return false
      if (decision === 'permit') permitted = true
    }
    return permitted
  }
}
