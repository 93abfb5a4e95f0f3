import { createMetrics } from '../../src/metrics/metrics.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { testFleet } from '../metrics/test-fleet.ts'
import type { Target } from './fleet.ts'
import type { Scraped } from './scenario.ts'

const SERIES = /^(?<name>[a-zA-Z_]\w*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n' }

/** What a scrape finds of these apps, as the exporter writes it. */
export async function exposed(reports: readonly AppReport[], target: Required<Target>): Promise<readonly Scraped[]> {
  const errors: unknown[] = []
  const metrics = createMetrics(testFleet(...reports.map((report) => ({ type: 'app', report }) as const)), {
    version: '1.2.3',
    appLabels: [],
    argocdCompatibility: true,
    onError: (error) => errors.push(error),
  })
  try {
    await metrics.flushed()
    const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
    if (errors.length > 0) throw new AggregateError(errors)
    return seriesOf(Buffer.concat(chunks).toString(), target)
  } finally {
    metrics.close()
  }
}

function seriesOf(text: string, target: Required<Target>): readonly Scraped[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const { name, labels = '', value } = SERIES.exec(line)?.groups ?? {}
      if (name === undefined) throw new Error(`no series: ${line}`)
      const own = [...labels.matchAll(LABEL)].map(([, label = '', escaped = '']): [string, string] => [
        label,
        escaped.replaceAll(/\\(.)/g, (_match, character: string) => ESCAPES[character] ?? character),
      ])
      return [name, { ...Object.fromEntries(own), ...target }, Number(value)]
    })
}
