import type { Gap } from '../../../model/journal/episode.ts'
import type { Timeline } from '../../../model/journal/timeline.ts'
import { type Html, html } from '../markup/html.ts'

const WIDTH = 1000
const HEIGHT = 160
/** A bar of one app among thousands is to be seen all the same. */
const LEAST_HEIGHT = 2
/** Times below the chart. */
const LABELS = 4

export interface ChartSpan {
  /** Unix seconds. */
  readonly from: number
  readonly until: number
  readonly name: string
}

/** How many apps were OutOfSync and Unknown, from left to right; hatched where nobody looked. */
export function timelineChart({ slices, gaps }: Timeline, span: ChartSpan): Html {
  const most = Math.max(1, ...slices.map(({ drifting, unknown }) => drifting + unknown))
  const width = WIDTH / Math.max(1, slices.length)
  const bars = slices.map(({ drifting, unknown }, index) => {
    if (drifting + unknown === 0) return undefined
    const [low, high] = [barHeight(drifting, most), barHeight(unknown, most)]
    const x = round(index * width)
    const bar = (tone: string, y: number, height: number): Html | undefined =>
      height === 0
        ? undefined
        : html`<rect class="${tone}" x="${x}" y="${round(y)}" width="${round(width * 0.9)}" height="${round(height)}"/>`
    return html`<g><title>${sliceText(span, index, slices.length)}: ${countsText(drifting, unknown)}</title>${bar('bad', HEIGHT - low, low)}${bar('unsure', HEIGHT - low - high, high)}</g>`
  })
  return html`<figure class="timeline">
<figcaption><span class="status bad">■ OutOfSync</span> <span class="status unsure">■ Unknown</span> <span class="quiet">▨ nobody looked</span> <span class="quiet">${most} at most</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Apps that were OutOfSync or Unknown in the last ${span.name}, ${most} at most">
<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="3" height="8"/></pattern></defs>
${gaps.map((gap) => gapBar(gap, span))}${bars}</svg>
<p class="times quiet">${Array.from({ length: LABELS + 1 }, (_, index) => html`<span>${timeText(span.from + ((span.until - span.from) * index) / LABELS)}</span>`)}</p>
</figure>`
}

function barHeight(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(LEAST_HEIGHT, (count / most) * (HEIGHT - LEAST_HEIGHT * 2))
}

function gapBar({ began, ended }: Gap, { from, until }: ChartSpan): Html {
  const place = (at: number): number => ((Math.min(Math.max(at, from), until) - from) / (until - from)) * WIDTH
  const x = place(began)
  return html`<rect fill="url(#hatch)" x="${round(x)}" y="0" width="${round(Math.max(LEAST_HEIGHT, place(ended ?? until) - x))}" height="${HEIGHT}"/>`
}

function sliceText({ from, until }: ChartSpan, index: number, count: number): string {
  const at = (step: number): string => timeText(from + ((until - from) * step) / count)
  return `${at(index)} to ${at(index + 1)} UTC`
}

export function countsText(drifting: number, unknown: number): string {
  return [drifting > 0 ? `${drifting} OutOfSync` : '', unknown > 0 ? `${unknown} Unknown` : '']
    .filter((part) => part !== '')
    .join(', ')
}

function timeText(at: number): string {
  return new Date(at * 1000).toISOString().slice(5, 16).replace('T', ' ')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
