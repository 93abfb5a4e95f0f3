import type { ChangeRow, Seen } from './changes.ts'

const COLUMNS = ['client-side', 'server-side', 'flux'] as const

/** The table of docs/accuracy.md. */
export function changeTable(rows: Readonly<Record<string, readonly ChangeRow[]>>): string {
  const changes = [...new Set(COLUMNS.flatMap((cluster) => (rows[cluster] ?? []).map(({ what }) => what)))]
  const of = (what: string, cluster: string) => rows[cluster]?.find((row) => row.what === what)
  const lines = changes.map((what) => {
    const cells = COLUMNS.map((cluster) => {
      const row = of(what, cluster)
      return row === undefined ? '' : seenText(row.controller)
    })
    const ours = COLUMNS.map((cluster) => of(what, cluster)).filter((row) => row !== undefined)
    return `| ${[what, ...cells, oursText(ours)].join(' | ')} |`
  })
  const head = ['what is done', 'Argo CD, client-side', 'Argo CD, server-side', 'Flux', 'this exporter']
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...lines].join('\n')
}

function seenText({ status, milliseconds }: Seen): string {
  return milliseconds === null ? `${status}: not seen` : `${status} after ${duration(milliseconds)}`
}

function oursText(rows: readonly ChangeRow[]): string {
  const statuses = new Set(rows.map(({ exporter }) => [exporter.status, exporter.cause].filter(Boolean).join(' ')))
  const times = rows.flatMap(({ exporter }) => (exporter.milliseconds === null ? [] : [exporter.milliseconds]))
  if (times.length === 0) return [...statuses].join(', ')
  const [first, last] = [duration(Math.min(...times)), duration(Math.max(...times))]
  return `${[...statuses].join(', ')} after ${first === last ? first : `${first} to ${last}`}`
}

export function duration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(2)} s` : `${Math.round(milliseconds / 1000)} s`
}
