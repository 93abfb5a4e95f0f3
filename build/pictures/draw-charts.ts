import uPlot from 'uplot'
import type { ChartData } from './chart-data.ts'
import { valueText } from './values.ts'

/** Between lines across, by unit; uPlot's own where they count by tens. */
const STEPS: Readonly<Record<string, number[]>> = {
  s: [
    ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
    ...[60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800],
  ],
  bytes: Array.from({ length: 20 }, (_, power) => 1024 * 2 ** power),
  // Things that are counted.
  none: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
}

/** The same along, seconds. */
const TIMES = [1, 5, 10, 30, 60, 120, 180, 300, 600, 1800, 3600]

/** Runs in the browser, bundled: draws every chart of the page where its element stands. */
declare const document: { querySelectorAll(selector: string): Iterable<ChartElement> }
interface ChartElement {
  readonly dataset: { readonly chart: string }
  readonly clientWidth: number
  readonly clientHeight: number
}

const GRID = { stroke: 'rgba(204, 204, 220, 0.08)', width: 1 }
const AXIS = { stroke: '#8e8e99', font: '11px Inter, "DejaVu Sans", sans-serif', grid: GRID, ticks: { show: false } }

for (const element of document.querySelectorAll('.chart')) draw(element, JSON.parse(element.dataset.chart))

function draw(element: ChartElement, { times, unit, series, isStacked, fillOpacity, marks }: ChartData): void {
  const values = isStacked ? stacked(series.map((one) => one.values)) : series.map((one) => one.values)
  const opacity = Math.round((fillOpacity / 100) * 255)
    .toString(16)
    .padStart(2, '0')
  const most = Math.max(1e-9, ...values.flat().map((value) => value ?? 0))
  // Cores and intervals are counted in parts.
  const steps = unit === 'none' && most < 3 ? undefined : STEPS[unit]
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'UTC'),
    // From 0, as the dashboards say of every panel of lines.
    scales: { y: { range: (_chart, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      {
        ...AXIS,
        values: (_chart, splits) => splits.map((time) => new Date(time * 1000).toISOString().slice(11, 19)),
        space: 70,
        incrs: TIMES,
      },
      {
        ...AXIS,
        size: 62,
        ...(steps !== undefined && { incrs: steps }),
        values: (_chart, splits) => splits.map((value) => valueText(value, unit)),
        space: 26,
      },
    ],
    series: [
      {},
      ...series.map(({ color }) => ({ stroke: color, width: 1, fill: `${color}${opacity}`, points: { show: false } })),
    ],
    ...(isStacked && { bands: series.slice(1).map((_one, index) => ({ series: [index + 2, index + 1] as const })) }),
    hooks: {
      draw: [
        (chart) => {
          for (const { time, color } of marks) {
            const x = chart.valToPos(time, 'x', true)
            chart.ctx.fillStyle = color
            chart.ctx.fillRect(x, chart.bbox.top, 1, chart.bbox.height)
          }
        },
      ],
    },
  }
  new uPlot(options, [[...times], ...values.map((one) => [...one])], element)
}

/** A value of nobody is nothing on top of those before it. */
function stacked(all: readonly (readonly (number | null)[])[]): (number | null)[][] {
  let below: readonly number[] = []
  return all.map((values) => {
    const sums = values.map((value, index) => (below[index] ?? 0) + (value ?? 0))
    below = sums
    return values.map((value, index) => (value === null ? null : (sums[index] ?? null)))
  })
}
