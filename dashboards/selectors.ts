import { IDENTITY, oneOf } from '../alerts/promql.ts'

/** Every exporter that the reader chose. */
export const JOB = 'job=~"$job"'
/** What the variables choose, as a selector of any series that carries the labels of an app. */
export const CHOSEN = `${JOB}, controller=~"$controller", dest_cluster=~"$cluster", app_name=~"$app"`
/** Where the family has the project too. */
export const CHOSEN_PROJECT = `${CHOSEN}, project=~"$project"`

const info = (status: string): string => `gitops_app_info{${CHOSEN_PROJECT}, sync_status="${status}"}`

/** What stands for a status in `RANK`: the worst that is known, as a replica that has just started knows less. */
export const RANKS = { OutOfSync: 3, Synced: 2, Unknown: 1 } as const
export type Status = keyof typeof RANKS

/** One series for each app, however many exporters tell of it. It needs no recording rule, and there is none while no exporter answers. */
export const RANK = `max by (${IDENTITY}, project) (${RANKS.OutOfSync} * ${info('OutOfSync')} or ${RANKS.Synced} * ${info('Synced')} or ${info('Unknown')})`

/** 1 for each app that has the status, 0 for each other one: a sum is 0 only where there are apps. */
export const has = (status: Status): string => `(${RANK} == bool ${RANKS[status]})`

/** Only those of the chosen projects: the project is a label of some families alone. */
export function ofProject(expression: string): string {
  return `${expression} and on (${IDENTITY}) gitops_app_info{${CHOSEN_PROJECT}}`
}

/** For so long each app has been OutOfSync, seconds. */
export const DRIFT_AGE = `(time() - min by (${IDENTITY}) (${ofProject(`gitops_app_out_of_sync_since_timestamp_seconds{${CHOSEN}}`)}))`

/** Multiplies by the labels of each app, of which there is one set even where replicas differ for a moment. */
export function withLabels(expression: string, labels: string, series: string): string {
  return `${expression} * on (${IDENTITY}) group_left (${labels}) ${oneOf(IDENTITY, labels, series)}`
}

/** One series for each app of any family, the newest where replicas differ. */
export const each = (family: string, more = ''): string =>
  `max by (${IDENTITY}) (${ofProject(`${family}{${CHOSEN}${more}}`)})`

/** Sums over clusters, projects, … of what is told by source or cluster, once for all replicas. */
export const down = (family: string, label: string, selector: string): string =>
  `sum(max by (${label}) (${family}{${selector}}) == bool 0)`
