import { reportFigures } from '../journal/report-figures.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { UsageError } from './cli/usage-error.ts'
import type { OptionsOf } from './command-list.ts'
import { jsonText } from './output/json-text.ts'
import { figuresJson, reportHtml, reportMarkdown } from './output/report-text.ts'
import { readJournals } from './run/read-journals.ts'

export async function run(options: OptionsOf<'report'>, { out, err }: Terminal): Promise<ExitCode> {
  const until = readUntil(options.until)
  const period = { from: until - options.since, until }
  const episodes = await readJournals(options, period, (warning) => err.write(warning))
  const figures = reportFigures(episodes, period)
  switch (options.format) {
    case 'md':
      out.write(reportMarkdown(figures))
      break
    case 'html':
      out.write(reportHtml(figures))
      break
    case 'json':
      out.write(jsonText({ apiVersion: API_VERSION, ...figuresJson(figures) }))
      break
    default:
      options.format satisfies never
  }
  return EXIT.noDrift
}

/** A minute that is not over would have other figures a moment later. */
function readUntil(text: string | undefined): number {
  if (text === undefined) return Math.floor(Date.now() / 60_000) * 60
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time))
    throw new UsageError(
      `--until must be a time in UTC such as 2026-03-01 or 2026-03-01T08:00Z, not ${JSON.stringify(text)}`,
    )
  return time / 1000
}
