import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  type DataSourceRef,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  SpecialValueMatch,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { runbookUrl } from '../alerts/annotations.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' }

export interface Query {
  readonly expr: string
  /** Name of each series. */
  readonly legend?: string
}

export interface Look {
  readonly title: string
  /** What it shows and what it means: each panel has one. */
  readonly description: string
  /** Of 24 columns. */
  readonly width: number
  readonly height: number
  /** Grafana's name of the unit of all values. */
  readonly unit: string
  /** Alert whose runbook says what to do. */
  readonly runbook?: string
}

export type PanelOf = Builder<Panel>

/** What all builders of panels have in common. */
interface AnyPanel extends Builder<Panel> {
  title(title: string): this
  description(description: string): this
  span(width: number): this
  height(height: number): this
  unit(unit: string): this
  datasource(datasource: DataSourceRef): this
  links(links: Builder<DashboardLink>[]): this
  targets(targets: Builder<Dataquery>[]): this
  noValue(text: string): this
}

function common<P extends AnyPanel>(panel: P, look: Look, targets: readonly Builder<Dataquery>[]): P {
  const { title, description, width, height, unit, runbook } = look
  panel.title(title).description(description).span(width).height(height).unit(unit).datasource(DATASOURCE)
  // Never 0: nobody knows what nobody tells.
  panel.targets([...targets]).noValue('no data')
  if (runbook !== undefined) panel.links([link(`Runbook of ${runbook}`, runbookUrl(runbook))])
  return panel
}

function link(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(true)
}

function query({ expr, legend }: Query, index = 0): DataqueryBuilder {
  const builder = new DataqueryBuilder()
    .refId(String.fromCharCode(65 + index))
    .datasource(DATASOURCE)
    .expr(expr)
  return legend === undefined ? builder : builder.legendFormat(legend)
}

/** What holds now: the last value of the range would outlive an exporter that died. */
const instant = (asked: Query, index = 0): DataqueryBuilder => query(asked, index).instant()
const range = (asked: Query, index = 0): DataqueryBuilder => query(asked, index).range()
const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false)

export interface Shown {
  /** Colours from which value on, the first one from any. */
  readonly steps: readonly (readonly [from: number | null, color: string])[]
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>
  readonly decimals?: number
}

function numberPanel(look: Look, asked: Query, { steps, decimals }: Shown): stat.PanelBuilder {
  const thresholds: Threshold[] = steps.map(([value, color]) => ({ value, color }))
  const panel = common(new stat.PanelBuilder(), look, [instant(asked)])
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholds))
    .reduceOptions(lastValue())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
  return decimals === undefined ? panel : panel.decimals(decimals)
}

/** A number of things: text without any, coloured from one on. */
export function count(look: Look, asked: Query, color: string): PanelOf {
  return numberPanel(look, asked, {
    steps: [
      [null, 'text'],
      [1, color],
    ],
  })
}

/** Whether what this dashboard says is true now: red where nothing says so. */
export function freshness(look: Look, asked: Query, shown: Shown): PanelOf {
  const absent: ValueMapping = {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNan, result: { text: 'absent', color: 'red' } },
  }
  const words: readonly ValueMapping[] =
    shown.words === undefined ? [] : [{ type: MappingType.ValueToText, options: { ...shown.words } }]
  return numberPanel(look, asked, shown)
    .colorMode(BigValueColorMode.Background)
    .mappings([absent, ...words])
    .noValue('absent')
}

export interface Lines {
  readonly stacked?: boolean
  /** Colours by the name of the series. */
  readonly colors?: Readonly<Record<string, string>>
}

export function lines(look: Look, asked: readonly Query[], { stacked = false, colors = {} }: Lines = {}): PanelOf {
  const panel = common(new timeseries.PanelBuilder(), look, asked.map(range))
    .min(0)
    .fillOpacity(stacked ? 40 : 5)
    .showPoints(VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  for (const [name, color] of Object.entries(colors))
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }])
  return panel
}

/** Shares of a whole are told by how much of it they are; anything else has one colour, for Grafana's own is red from 80 on. */
export function bars(look: Look, asked: Query): PanelOf {
  const panel = common(new bargauge.PanelBuilder(), look, [instant(asked)])
    .min(0)
    .orientation(VizOrientation.Horizontal)
    .reduceOptions(lastValue())
  if (look.unit !== 'percentunit')
    return panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
  return panel.max(1).thresholds(
    new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
      { value: null, color: 'green' },
      { value: 0.25, color: 'orange' },
      { value: 0.5, color: 'red' },
    ]),
  )
}

export interface Word {
  readonly value: number
  readonly text: string
  readonly color: string
}

export function timeline(look: Look, asked: readonly Query[], words: readonly Word[]): PanelOf {
  const options = words.map(({ value, text, color }, index) => [String(value), { text, color, index }] as const)
  return common(new statetimeline.PanelBuilder(), look, asked.map(range))
    .mappings([{ type: MappingType.ValueToText, options: Object.fromEntries(options) }])
    .mergeValues(true)
    .fillOpacity(80)
    .lineWidth(0)
}

export interface Column {
  readonly heading: string
  readonly unit?: string
  /** Where a click leads; a URL with Grafana's variables. */
  readonly links?: readonly { readonly title: string; readonly url: string }[]
}

/** Columns in their order, by label, `Value` for the value; all other labels are there for links and not seen. */
export function rows(look: Look, asked: Query, columns: Readonly<Record<string, Column>>): PanelOf {
  const panel = common(new table.PanelBuilder(), look, [instant(asked).format(PromQueryFormat.Table)])
    .filterable(true)
    .overrideByRegexp('.*', [{ id: 'custom.hidden', value: true }])
  for (const [name, { heading, unit, links }] of Object.entries(columns))
    panel.overrideByName(name, [
      { id: 'custom.hidden', value: false },
      { id: 'displayName', value: heading },
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(links === undefined ? [] : [{ id: 'links', value: links.map((one) => ({ ...one, targetBlank: false })) }]),
    ])
  const order = Object.keys(columns).map((name, index) => [name, index] as const)
  return panel.withTransformation({ id: 'organize', options: { indexByName: Object.fromEntries(order) } })
}
