/** Which side changed since the last sync: Git, the cluster, or both. */
export type Cause = 'git' | 'live' | 'both'
export const CAUSES = ['git', 'live', 'both'] as const satisfies readonly Cause[]
