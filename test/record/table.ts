import type { ChangeRow, Seen } from './changes.ts'
import type { Controller } from './controlled-apps.ts'
import { KNOWN_BETTER } from './known-better.ts'
import { isGood, type ReportedStatus } from './reported-status.ts'

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

/** The table of the README's first screen: what Argo CD says, and this. */
export function shortTable(rows: Readonly<Record<string, readonly ChangeRow[]>>): string {
  const lines = (rows['client-side'] ?? []).map(({ what, controller, exporter }) => {
    return `| ${what} | ${seenText(controller)} | ${seenText(exporter)} |`
  })
  return ['| what people do | Argo CD 3.5 says | this says |', '| --- | --- | --- |', ...lines].join('\n')
}

const PROGRAMS: Readonly<Record<Controller, string>> = {
  argocd: 'Argo CD',
  flux: 'kustomize-controller',
  helm: 'helm',
}

/** How much each program rolled out, what it says of it, and of how much the exporter says something else or more. */
export function verdictTable(apps: Readonly<Record<string, ReportedStatus>>): string {
  const known = new Set(KNOWN_BETTER.flatMap(({ apps: keys }) => keys))
  const lines = Object.entries(PROGRAMS).map(([controller, program]) => {
    const own = Object.entries(apps).filter(([key]) => key.startsWith(`${controller}/`))
    const good = own.filter(([, reported]) => isGood(reported))
    const differs = (of: typeof own) => of.filter(([key]) => known.has(key)).length
    const bad = own.filter((one) => !good.includes(one))
    return `| ${[program, own.length, good.length, differs(good), bad.length, differs(bad)].join(' | ')} |`
  })
  const head = [
    'rolled out by',
    'apps',
    'in sync, it says',
    'of these told more here',
    'not in sync, it says',
    'of these in sync here',
  ]
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...lines].join('\n')
}
