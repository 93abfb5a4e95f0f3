import { CHANGES, type Change, COMMITS, LAST_CHANGES, LATE_CHANGES } from './changes.ts'
import type { Controller } from './controlled-apps.ts'
import { KNOWN_BETTER } from './known-better.ts'
import type { ChangeRow } from './measure.ts'
import { isGood, type ReportedStatus } from './reported-status.ts'

const COLUMNS = ['client-side', 'server-side', 'flux'] as const

/** By cluster. */
type Rows = Readonly<Record<string, readonly ChangeRow[]>>

/** The table of docs/accuracy.md. */
export function changeTable(rows: Rows): string {
  const lines = changesOf(rows).map((what) => {
    const cells = COLUMNS.map((cluster) => controllerText(rowOf(rows, what, cluster)))
    return `| ${[what, ...cells, exporterText(rows, what), reasonOf(rows, what)].join(' | ')} |`
  })
  const head = ['what is done', 'Argo CD, client-side', 'Argo CD, server-side', 'Flux', 'this exporter', 'why']
  return table(head, lines)
}

/** The table of the README's first screen: one change of each kind. */
export function shortTable(rows: Rows): string {
  const short = changesOf(rows).filter((what) => changeOf(what)?.inShort === true)
  const lines = short.map((what) => {
    const cells = ['client-side', 'flux'].map((cluster) => controllerText(rowOf(rows, what, cluster)))
    return `| ${[what, ...cells, exporterText(rows, what)].join(' | ')} |`
  })
  return table(['what people do', 'Argo CD 3.5 says', 'Flux 1.9 says', 'this says'], lines)
}

function table(head: readonly string[], lines: readonly string[]): string {
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...lines].join('\n')
}

const changesOf = (rows: Rows): readonly string[] => [
  ...new Set(COLUMNS.flatMap((cluster) => (rows[cluster] ?? []).map(({ what }) => what))),
]

const rowOf = (rows: Rows, what: string, cluster: string): ChangeRow | undefined =>
  rows[cluster]?.find((row) => row.what === what)

/** Why somebody says nothing of a change; '' where everybody sees it. */
function reasonOf(rows: Rows, what: string): string {
  const own = COLUMNS.flatMap((cluster) => rowOf(rows, what, cluster) ?? [])
  if (!own.some(isSilent)) return ''
  return changeOf(what)?.why ?? ''
}

const changeOf = (what: string): Change | undefined =>
  [...CHANGES, ...COMMITS, ...LATE_CHANGES, ...LAST_CHANGES].find((change) => change.what === what)

const isSilent = ({ controller, exporter }: ChangeRow): boolean =>
  controller.milliseconds === null || exporter.milliseconds === null

/** What is done and not seen by somebody, for no reason that stands anywhere. */
export function unexplained(rows: Rows): readonly string[] {
  const silent = COLUMNS.flatMap((cluster) => (rows[cluster] ?? []).filter(isSilent))
  return [...new Set(silent.map(({ what }) => what))].filter((what) => reasonOf(rows, what) === '')
}

const AT_INTERVAL = { undone: 'undone at its interval', stays: 'stays after its interval' } as const

function controllerText(row: ChangeRow | undefined): string {
  if (row === undefined) return '–'
  const { status, milliseconds, atInterval } = row.controller
  if (milliseconds !== null) return `${status} after ${duration(milliseconds)}`
  return atInterval === undefined ? `${status}: not seen` : `${status}: not seen, ${AT_INTERVAL[atInterval]}`
}

function exporterText(rows: Rows, what: string): string {
  const own = COLUMNS.flatMap((cluster) => rowOf(rows, what, cluster) ?? [])
  const statuses = new Set(own.map(({ exporter }) => [exporter.status, exporter.cause].filter(Boolean).join(' ')))
  const times = own.flatMap(({ exporter }) => exporter.milliseconds ?? [])
  if (times.length === 0) return [...statuses, 'shown'].join(', ')
  const [first, last] = [duration(Math.min(...times)), duration(Math.max(...times))]
  return `${[...statuses].join(', ')} after ${first === last ? first : `${first} to ${last}`}`
}

export function duration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(2)} s` : `${Math.round(milliseconds / 1000)} s`
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
  return table(head, lines)
}

const INJECTED: Readonly<Record<string, string>> = {
  'field-ca-injected':
    'Synced, nothing to tell: Git declares no certificates in its webhook configurations and CRD, and the injector fills them in',
  'field-ca-declared':
    'OutOfSync live, `caBundle` changed by `cert-manager-cainjector`: Git declares a placeholder, and the injector replaces it',
}

/** What each program says of what the CA injector wrote to, and what the replay holds this exporter to. */
export function injectedTable(apps: Readonly<Record<string, ReportedStatus>>): string {
  const lines = Object.entries(INJECTED).map(([name, told]) => {
    const says = [`argocd/${name}@client-side`, `argocd/${name}-ssa@server-side`, `flux/${name}@flux`]
    return `| ${[`\`${name}\``, ...says.map((key) => apps[key]?.status ?? '–'), told].join(' | ')} |`
  })
  return table(['app', 'Argo CD, client-side', 'Argo CD, server-side', 'Flux', 'this exporter'], lines)
}
