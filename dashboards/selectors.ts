/** What the variables choose, as a selector of any series that carries the labels of an app. */
export const CHOSEN = 'controller=~"$controller", dest_cluster=~"$dest_cluster"'
/** Where the family has the project too. */
export const CHOSEN_PROJECT = `${CHOSEN}, project=~"$project"`
/** What names an app, for joins. */
export const IDENTITY = 'app_name, app_namespace, app_kind, app_cluster, controller, dest_cluster'
/** The apps of the drill-down. */
export const APP = `${CHOSEN}, app_name=~"$app"`

/** Only those of the chosen projects: the project is a label of some families alone. */
export function ofProject(expression: string): string {
  return `${expression} and on (${IDENTITY}) gitops_app_info{${CHOSEN_PROJECT}}`
}
