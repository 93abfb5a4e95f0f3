import { isJsonObject } from '../../src/model/json.ts'
import type { ShippedDashboard } from '../../test/dashboards/shipped.ts'
import { drawPanel, escapeHtml } from './draw-panel.ts'
import type { PanelData } from './panel-data.ts'

/** Grafana's grid: 24 columns; a line is 30 pixels high, with 8 to the next. */
const LINE = 30
const GAP = 8

const STYLE = `
* { box-sizing: border-box }
body { margin: 0; padding: 12px 16px; background: #111217; color: #ccccdc; font: 13px Inter, "DejaVu Sans", sans-serif }
header { display: flex; gap: 10px; align-items: baseline; margin-bottom: 10px }
header h1 { font-size: 18px; font-weight: 500; margin: 0 auto 0 0 }
header span { border: 1px solid #33343c; border-radius: 2px; padding: 3px 8px; color: #9fa0ab }
main { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: ${LINE}px; gap: ${GAP}px }
h2 { font-size: 15px; font-weight: 500; margin: 4px 0 0 }
section { background: #181b1f; border: 1px solid #24262c; border-radius: 2px; display: flex; flex-direction: column; overflow: hidden; padding: 6px 8px }
h3 { flex: none; font-size: 13px; font-weight: 500; margin: 0 0 4px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.none { margin: auto; color: #9fa0ab; font-size: 16px }
.stat { flex: 1; display: flex; align-items: center; justify-content: center; font-size: 32px; margin: 0 -8px -6px }
table { border-collapse: collapse; font-size: 12px; width: 100%; flex: none }
th { text-align: left; color: #6e9fff; font-weight: 500; padding: 3px 8px }
td { padding: 4px 8px; border-top: 1px solid #24262c; white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis }
a { color: #6e9fff }
.number { text-align: right }
.bars { display: grid; grid-template-columns: auto 1fr auto; gap: 5px 10px; align-items: center; align-content: start; font-size: 12px }
.bars .bar { height: 16px; background: #22252b }
.bars i { display: block; height: 100% }
.bars .value { text-align: right }
.timeline { flex: 1; display: grid; grid-template-columns: auto 1fr; gap: 6px 10px; align-items: center; font-size: 12px }
.track { position: relative; height: 100%; min-height: 22px; background: #22252b }
.track i { position: absolute; top: 0; bottom: 0; overflow: hidden; opacity: 0.85; font-style: normal; display: flex; align-items: center; padding-left: 6px }
.track b { font-weight: 500; color: #111217 }
.times { display: flex; justify-content: space-between; color: #8e8e99; font-size: 11px }
.chart { flex: 1; min-height: 0 }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; font-size: 12px; max-height: 36px; overflow: hidden }
.legend i { display: inline-block; width: 12px; height: 3px; margin: 0 5px 3px 0 }
`

/** All of a dashboard on one page, as Grafana lays it out. `chosen` says what its variables are set to. */
export function dashboardPage(
  { json }: ShippedDashboard,
  panels: readonly PanelData[],
  { chosen, css, script }: { readonly chosen: readonly string[]; readonly css: string; readonly script: string },
): string {
  const variables = chosen.map((text) => `<span>${escapeHtml(text)}</span>`).join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(String(json.title))}</title>
<style>${css}${STYLE}</style>
<header><h1>${escapeHtml(String(json.title))}</h1>${variables}</header>
<main>${panels.map(framed).join('\n')}</main>
<script>${script}</script></html>`
}

function framed(panel: PanelData): string {
  const { gridPos, type } = panel.json
  if (!isJsonObject(gridPos)) throw new Error(`${panel.title} has no place`)
  const [x = 0, y = 0, w = 0, h = 0] = [gridPos.x, gridPos.y, gridPos.w, gridPos.h].map(Number)
  const place = `grid-area: ${y + 1} / ${x + 1} / span ${h} / span ${w}`
  if (type === 'row') return `<h2 style="${place}">${escapeHtml(panel.title)}</h2>`
  return `<section style="${place}"><h3>${escapeHtml(panel.title)}</h3>${drawPanel(panel)}</section>`
}
