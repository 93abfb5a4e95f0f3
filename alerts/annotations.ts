import { IDENTITY, RECORD } from './promql.ts'

export const REPOSITORY = 'https://github.com/gitops-drift-exporter/gitops-drift-exporter/blob/main'

/** Where an alert leads to. */
export type Subject = 'app' | 'cluster' | 'fleet' | 'exporter'

/** Defines `$app`, a selector of the app that the alert is about; %q writes a Go string, which PromQL reads as it is meant. */
const APP = `{{- $app := printf "${IDENTITY.split(', ')
  .map((label) => `${label}=%q`)
  .join(',')}" ${IDENTITY.split(', ')
  .map((label) => `$labels.${label}`)
  .join(' ')} -}}`

const BASE = `{{ with query "${RECORD.externalUrl}" }}{{ . | first | label "external_url" }}`
/** `/apps/<id>` as the status page names it: what `|` separates, percent-encoded. */
const APP_ID =
  '{{ printf "%s|%s|%s|%s|%s|%s" $labels.controller $labels.app_kind $labels.app_cluster $labels.app_namespace $labels.app_name $labels.dest_cluster | urlquery | reReplaceAll "\\\\+" "%20" }}'

const STATUS_URLS: Readonly<Record<Subject, string>> = {
  app: `${BASE}/apps/${APP_ID}{{ end }}`,
  cluster: `${BASE}/?cluster={{ $labels.dest_cluster | urlquery }}{{ end }}`,
  fleet: `${BASE}/{{ end }}`,
  exporter: `${BASE}/{{ end }}`,
}

const GRAFANA = '{{ $externalLabels.grafana_url }}/d'
const DASHBOARD_URLS: Readonly<Record<Subject, string>> = {
  app: `${GRAFANA}/gitops-app?var-controller={{ $labels.controller | urlquery }}&var-cluster={{ $labels.dest_cluster | urlquery }}&var-app={{ $labels.app_name | urlquery }}`,
  cluster: `${GRAFANA}/gitops-fleet?var-cluster={{ $labels.dest_cluster | urlquery }}`,
  fleet: `${GRAFANA}/gitops-fleet`,
  exporter: `${GRAFANA}/gitops-exporter`,
}

export const runbookUrl = (alert: string): string => `${REPOSITORY}/docs/runbooks/${alert}.md`

/** The links of an alert. What has no base, because the config names no `externalUrl`, is left out by Prometheus. */
export function links(alert: string, subject: Subject): Readonly<Record<string, string>> {
  return {
    runbook_url: runbookUrl(alert),
    dashboard_url: DASHBOARD_URLS[subject],
    status_url: STATUS_URLS[subject],
  }
}

/** `argocd app shop of namespace argocd, project web, in cluster prod-us`. */
export const THE_APP =
  '{{ $labels.controller }} app {{ $labels.app_name }}{{ with $labels.app_namespace }} of namespace {{ . }}{{ end }}{{ with $labels.project }}, project {{ . }},{{ end }} in cluster {{ $labels.dest_cluster }}'

const MASS = `(query (printf "${RECORD.massDrift}{dest_cluster=%q} or ${RECORD.massDrift}{project=%q} or ${RECORD.massDrift}{repo=%q}" $labels.dest_cluster $labels.project $labels.repo))`
const REVISION = `(query (printf "${RECORD.drift}{%s} * on () group_left (commit, applied_commit) topk(1, gitops_app_revision_info{%s}) or on () ${RECORD.drift}{%s}" $app $app $app))`
const OBJECTS =
  '(query (printf "topk(4, max by (kind, object_namespace, object, state, field, actor) (gitops_drifted_object_info{%s}))" $app))'

const CAUSE =
  '{{ if eq (label "cause" .) "git" }} A commit was not applied{{ else if eq (label "cause" .) "live" }} The cluster was changed{{ else if eq (label "cause" .) "both" }} The cluster was changed, and a commit was not applied{{ end }}{{ with label "commit" . }}; Git is at {{ printf "%.12s" . }}{{ end }}{{ with label "applied_commit" . }}, {{ printf "%.12s" . }} was applied{{ end }}.'
const OBJECT =
  '{{ if lt $index 3 }} {{ label "kind" $object }} {{ with label "object_namespace" $object }}{{ . }}/{{ end }}{{ label "object" $object }} is {{ label "state" $object }}{{ with label "field" $object }} at {{ . }}{{ end }}{{ with label "actor" $object }} by {{ . }}{{ end }}.{{ else }} There is more on the status page.{{ end }}'

/** What differs, by which program, and which commit; left out while so much drifts at once that nobody reads it app by app. */
export const DRIFT_DETAILS = `${APP}{{ if not ${MASS} }}{{ with ${REVISION} }}{{ with first . }}${CAUSE}{{ end }}{{ end }}{{ range $index, $object := ${OBJECTS} }}${OBJECT}{{ end }}{{ end }}`

/** Why the app is Unknown. */
export const UNKNOWN_REASON = `${APP}{{ with query (printf "${RECORD.unknown}{%s}" $app) }}{{ with first . | label "reason" }} ({{ . }}){{ end }}{{ end }}`
