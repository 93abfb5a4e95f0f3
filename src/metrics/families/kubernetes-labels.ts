import type { Label } from './family.ts'

/** Most labels of one app or cluster that become metric labels. */
const DYNAMIC_LABEL_LIMIT = 32

/**
 * Labels of an app or cluster as metric labels `label_*`, by kube-state-metrics' rules: in order of their keys, what is
 * no letter, digit or '_' becomes '_', camel case becomes snake case, and keys that end up equal all get a suffix
 * `_conflict1`, `_conflict2` …
 */
export function metricLabels(labels: Readonly<Record<string, string>>): readonly Label[] {
  const keys = Object.keys(labels).sort().slice(0, DYNAMIC_LABEL_LIMIT)
  const names = keys.map(metricLabelName)
  const total = new Map<string, number>()
  for (const name of names) total.set(name, (total.get(name) ?? 0) + 1)
  const seen = new Map<string, number>()
  return keys.map((key, index) => {
    const name = names[index] ?? ''
    const value = labels[key] ?? ''
    if (total.get(name) === 1) return [name, value]
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return [`${name}_conflict${count}`, value]
  })
}

function metricLabelName(key: string): string {
  const snake = key
    .replace(/[^a-zA-Z0-9_]/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
  return `label_${snake}`
}
