import { type Html, html } from '../../http/pages/markup/html.ts'
import { STYLE } from '../../http/pages/markup/style.ts'
import type { Ranked, ReportFigures } from '../../journal/report-figures.ts'
import type { JsonObject } from '../../model/json.ts'
import { visibleText } from '../../model/visible-text.ts'
import { durationText, isoTime, timeText } from './episode-text.ts'

/** A table of the report; the first row of cells is as wide as the header. */
interface Section {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** The whole report as tables: Markdown and HTML are two ways to write them. Sections without rows are left out. */
function sections(figures: ReportFigures): readonly Section[] {
  const { began, ended, lasting, timeToRestore, deployments, byCause, byEnding, weekdays, oldest, until } = figures
  const restore: readonly (readonly [string, number])[] =
    timeToRestore === undefined
      ? []
      : [
          ['time to restore, median', timeToRestore.median],
          ['time to restore, 90 %', timeToRestore.p90],
          ['time to restore, longest', timeToRestore.longest],
        ]
  const all: readonly Section[] = [
    {
      title: 'In numbers',
      header: ['', ''],
      rows: [
        ['began', String(began)],
        ['ended', String(ended)],
        ['last at the end', String(lasting)],
        ...restore.map(([name, seconds]) => [name, durationText(seconds)]),
        ['deployments', String(deployments.count)],
        ...(deployments.medianSeconds === undefined
          ? []
          : [['from commit seen to live, median', durationText(deployments.medianSeconds)]]),
      ],
    },
    { title: 'Who moved', header: ['cause', 'episodes'], rows: countRows(byCause) },
    { title: 'How it ended', header: ['end', 'episodes'], rows: countRows(byEnding) },
    rankedSection('Apps', figures.apps),
    rankedSection('Clusters', figures.clusters),
    rankedSection('Actors', figures.actors),
    rankedSection('Objects', figures.objects),
    {
      title: 'Days of the week',
      header: ['day', 'drift that began in a cluster'],
      rows: weekdays.every((count) => count === 0)
        ? []
        : weekdays.map((count, day) => [DAYS[day] ?? '', String(count)]),
    },
    {
      title: 'Lasts longest',
      header: ['app', 'cluster', 'since', 'for'],
      rows: oldest.map((one) => [one.app, one.cluster, timeText(one.began), durationText(until - one.began)]),
    },
  ]
  return all.filter(({ rows }) => rows.length > 0)
}

function countRows(counts: Readonly<Record<string, number>>): readonly (readonly string[])[] {
  return Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [[name, String(count)]]))
}

function rankedSection(title: string, ranked: readonly Ranked[]): Section {
  const rows = ranked.map(({ name, episodes, seconds }) => [name, String(episodes), durationText(seconds)])
  return { title, header: ['', 'episodes', 'time until they ended'], rows }
}

function titleOf({ from, until }: ReportFigures): string {
  return `Drift from ${timeText(from)} to ${timeText(until)} UTC`
}

export function reportMarkdown(figures: ReportFigures): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |\n`
  const tables = sections(figures).map(
    ({ title, header, rows }) =>
      `\n## ${title}\n\n${line(header)}|${' --- |'.repeat(header.length)}\n${rows.map(line).join('')}`,
  )
  return `# ${titleOf(figures)}\n${tables.join('')}`
}

/** Names come from strangers: none of them is markup. */
function markdownCell(text: string): string {
  return visibleText(text).replace(/[\\`*_{}[\]<>#|!]/g, (character) => `\\${character}`)
}

export function reportHtml(figures: ReportFigures): string {
  const title = titleOf(figures)
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>STYLE</style></head>
<body><main><h1>${title}</h1>
${sections(figures).map(sectionHtml)}
</main></body>
</html>
`
  return page.toString().replace('<style>STYLE</style>', () => `<style>${STYLE}</style>`)
}

function sectionHtml({ title, header, rows }: Section): Html {
  return html`<h2>${title}</h2>
<table><thead><tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>
`
}

/** The figures, with times as text beside them. */
export function figuresJson(figures: ReportFigures): JsonObject {
  const { from, until, ...rest } = figures
  const ranked = (rows: readonly Ranked[]): readonly JsonObject[] => rows.map((row) => ({ ...row }))
  return {
    from: isoTime(from),
    until: isoTime(until),
    ...rest,
    deployments: { ...rest.deployments },
    apps: ranked(rest.apps),
    clusters: ranked(rest.clusters),
    actors: ranked(rest.actors),
    objects: ranked(rest.objects),
    timeToRestore: rest.timeToRestore === undefined ? null : { ...rest.timeToRestore },
    oldest: rest.oldest.map((one) => ({ ...one })),
  }
}
