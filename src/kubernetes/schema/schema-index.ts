import type { ObjectNode } from './node.ts'

/** The schemas of one API server (or of the built-in table), by kind. Compiled lazily; safe to share between clusters. */
export interface SchemaIndex {
  /** Undefined when nothing is known about the kind in this version. */
  kind(group: string, version: string, kind: string): ObjectNode | undefined
}

/** Asks one index after the other: the cluster's own schemas first, the built-in table last. */
export function combineSchemas(...indexes: readonly SchemaIndex[]): SchemaIndex {
  return {
    kind: (group, version, kind) => {
      for (const index of indexes) {
        const found = index.kind(group, version, kind)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
}
