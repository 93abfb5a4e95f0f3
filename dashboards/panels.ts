/** The parts of Grafana's dashboard model that are used here (schema version 41, panel plugins of Grafana 11 and later). */
export interface Target {
  readonly expr: string
  readonly legend?: string
  /** One value per series, now, as tables and counts want it. */
  readonly instant?: boolean
}

interface Common {
  readonly title: string
  readonly description?: string
  /** Of 24 columns. */
  readonly width: number
  readonly height: number
}

export type PanelSpec =
  | (Common & { readonly type: 'stat'; readonly target: Target; readonly unit?: string; readonly tone: Tone })
  | (Common & {
      readonly type: 'timeseries'
      readonly targets: readonly Target[]
      readonly unit?: string
      readonly stacked?: boolean
      /** Colours by the name of the series. */
      readonly colors?: Readonly<Record<string, string>>
    })
  | (Common & { readonly type: 'state-timeline'; readonly target: Target; readonly states: readonly State[] })
  | (Common & { readonly type: 'bargauge'; readonly target: Target; readonly unit?: string })
  | (Common & {
      readonly type: 'table'
      readonly target: Target
      /** Columns in their order, label to heading; other labels are hidden. */
      readonly columns: Readonly<Record<string, string>>
      readonly value?: { readonly heading: string; readonly unit: string }
      /** Label whose cells link elsewhere in this dashboard. */
      readonly link?: { readonly label: string; readonly url: string; readonly title: string }
    })

export interface State {
  readonly value: number
  readonly text: string
  readonly color: string
}

/** What a number above zero means: trouble, doubt, or nothing. */
export type Tone = 'bad' | 'unsure' | 'plain'

export interface RowSpec {
  readonly title: string
  readonly collapsed?: boolean
  readonly panels: readonly PanelSpec[]
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const
const COLUMNS = 24
const TONES: Readonly<Record<Tone, string>> = { bad: 'red', unsure: 'orange', plain: 'text' }

/** Rows one under another, panels from left to right, wrapped at 24 columns. */
export function layOut(rows: readonly RowSpec[]): readonly Json[] {
  const positioned: Json[] = []
  let id = 0
  let y = 0
  for (const row of rows) {
    id += 1
    const head = { id, type: 'row', title: row.title, gridPos: { x: 0, y, w: COLUMNS, h: 1 } }
    y += 1
    const inside: Json[] = []
    let x = 0
    let lineHeight = 0
    for (const spec of row.panels) {
      if (x + spec.width > COLUMNS) {
        x = 0
        y += lineHeight
        lineHeight = 0
      }
      id += 1
      inside.push({ id, ...panel(spec), gridPos: { x, y, w: spec.width, h: spec.height } })
      x += spec.width
      lineHeight = Math.max(lineHeight, spec.height)
    }
    y += lineHeight
    // Grafana keeps the panels of a collapsed row inside it, and those of an open one beside it.
    if (row.collapsed === true) positioned.push({ ...head, collapsed: true, panels: inside })
    else positioned.push({ ...head, collapsed: false, panels: [] }, ...inside)
  }
  return positioned
}

function panel(spec: PanelSpec): { readonly [key: string]: Json } {
  const common = {
    type: spec.type,
    title: spec.title,
    datasource: DATASOURCE,
    ...(spec.description === undefined ? {} : { description: spec.description }),
  }
  switch (spec.type) {
    case 'stat':
      return {
        ...common,
        targets: [target(spec.target, 0)],
        fieldConfig: {
          defaults: {
            unit: spec.unit ?? 'none',
            noValue: '0',
            thresholds: {
              mode: 'absolute',
              steps: [
                { color: 'text', value: null },
                { color: TONES[spec.tone], value: 1 },
              ],
            },
          },
          overrides: [],
        },
        options: {
          colorMode: 'value',
          graphMode: 'area',
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        },
      }
    case 'timeseries':
      return {
        ...common,
        targets: spec.targets.map(target),
        fieldConfig: {
          defaults: {
            unit: spec.unit ?? 'short',
            min: 0,
            custom:
              spec.stacked === true
                ? { fillOpacity: 40, stacking: { mode: 'normal', group: 'A' } }
                : { fillOpacity: 5 },
          },
          overrides: Object.entries(spec.colors ?? {}).map(([name, color]) => ({
            matcher: { id: 'byName', options: name },
            properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
          })),
        },
        options: {
          legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
          tooltip: { mode: 'multi', sort: 'desc' },
        },
      }
    case 'state-timeline':
      return {
        ...common,
        targets: [target(spec.target, 0)],
        fieldConfig: {
          defaults: { custom: { fillOpacity: 80, lineWidth: 0 }, mappings: [mapping(spec.states)] },
          overrides: [],
        },
        options: {
          mergeValues: true,
          showValue: 'auto',
          legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        },
      }
    case 'bargauge':
      return {
        ...common,
        targets: [target({ ...spec.target, instant: true }, 0)],
        fieldConfig: { defaults: { unit: spec.unit ?? 'short', min: 0, noValue: '0' }, overrides: [] },
        options: {
          displayMode: 'basic',
          orientation: 'horizontal',
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        },
      }
    case 'table':
      return { ...common, ...table(spec) }
    default:
      return spec satisfies never
  }
}

function table(spec: Extract<PanelSpec, { type: 'table' }>): { readonly [key: string]: Json } {
  const labels = Object.keys(spec.columns)
  const value = spec.value
  const fields = value === undefined ? labels : [...labels, 'Value']
  const names = { ...spec.columns, ...(value === undefined ? {} : { Value: value.heading }) }
  const overrides: Json[] = []
  if (value !== undefined)
    overrides.push({
      matcher: { id: 'byName', options: value.heading },
      properties: [{ id: 'unit', value: value.unit }],
    })
  if (spec.link !== undefined) {
    const heading = spec.columns[spec.link.label] ?? spec.link.label
    const links = [{ title: spec.link.title, url: spec.link.url }]
    overrides.push({ matcher: { id: 'byName', options: heading }, properties: [{ id: 'links', value: links }] })
  }
  return {
    targets: [{ ...target({ ...spec.target, instant: true }, 0), format: 'table' }],
    fieldConfig: { defaults: { custom: { filterable: true } }, overrides },
    options: { cellHeight: 'sm', showHeader: true },
    transformations: [
      { id: 'filterFieldsByName', options: { include: { names: fields } } },
      {
        id: 'organize',
        options: { indexByName: Object.fromEntries(fields.map((field, index) => [field, index])), renameByName: names },
      },
    ],
  }
}

function target({ expr, legend, instant }: Target, index: number): { readonly [key: string]: Json } {
  return {
    refId: String.fromCharCode(65 + index),
    datasource: DATASOURCE,
    expr,
    ...(legend === undefined ? {} : { legendFormat: legend }),
    ...(instant === true ? { instant: true, range: false } : { instant: false, range: true }),
  }
}

function mapping(states: readonly State[]): Json {
  const options = states.map(({ value, text, color }, index) => [String(value), { text, color, index }] as const)
  return { type: 'value', options: Object.fromEntries(options) }
}
