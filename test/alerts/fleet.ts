import type { Scraped } from './scenario.ts'

/** What one exporter says of one app in one minute. */
export interface AppState {
  readonly status: 'Synced' | 'OutOfSync' | 'Unknown'
  readonly cause?: 'git' | 'live' | 'both'
  /** Minute. */
  readonly since?: number
  readonly reason?: string
}

export interface AppIdentityLabels {
  readonly name?: string
  readonly controller?: 'argocd' | 'flux' | 'helm' | 'static'
  readonly cluster?: string
  readonly project?: string
  readonly repo?: string
  readonly path?: string
  readonly autoSync?: boolean
}

export const SYNCED: AppState = { status: 'Synced' }
export const unknown = (reason = 'GDE_STALE'): AppState => ({ status: 'Unknown', reason })
/** Unknown, with a drift that was not seen to end. */
export const unknownSince = (since: number): AppState => ({ status: 'Unknown', reason: 'GDE_NOT_EVALUATED', since })
export const drifted = (cause: 'git' | 'live' | 'both', since: number): AppState => ({
  status: 'OutOfSync',
  cause,
  since,
})

export interface Target {
  readonly job?: string
  readonly instance?: string
}

export function identityOf(app: AppIdentityLabels): Readonly<Record<string, string>> {
  const { name = 'shop', controller = 'argocd', cluster = 'prod-us' } = app
  const declared = controller !== 'static'
  return {
    app_name: name,
    app_namespace: declared ? 'argocd' : '',
    app_kind: { argocd: 'Application', flux: 'Kustomization', helm: 'Release', static: 'App' }[controller],
    app_cluster: declared ? 'control' : '',
    controller,
    dest_cluster: cluster,
  }
}

const targetOf = ({ job = 'exporter', instance = 'a' }: Target): Readonly<Record<string, string>> => ({ job, instance })

/** The series of an app. */
export function app(state: AppState, of: AppIdentityLabels = {}, target: Target = {}): readonly Scraped[] {
  const labels = { ...identityOf(of), ...targetOf(target) }
  const { project = 'web', repo = 'https://git.example.com/platform', path = 'shop', autoSync = true } = of
  const { status, cause, since, reason } = state
  const info = { project, repo, path, target_revision: 'main', auto_sync: String(autoSync), sync_status: status }
  return [
    ...['Synced', 'OutOfSync', 'Unknown'].map(
      (one): Scraped => ['gitops_app_sync_status', { ...labels, project, sync_status: one }, one === status ? 1 : 0],
    ),
    ...['git', 'live', 'both'].map(
      (one): Scraped => ['gitops_app_out_of_sync_cause', { ...labels, cause: one }, one === cause ? 1 : 0],
    ),
    ['gitops_app_info', { ...labels, ...info }, 1],
    ...(since === undefined
      ? []
      : [['gitops_app_out_of_sync_since_timestamp_seconds', labels, since * 60] satisfies Scraped]),
    ...(reason === undefined ? [] : [['gitops_app_unknown_reason', { ...labels, reason }, 1] satisfies Scraped]),
  ]
}

/** One more series of an app. */
export function ofApp(
  metric: string,
  value: number,
  of: AppIdentityLabels = {},
  more: Readonly<Record<string, string>> = {},
  target: Target = {},
): Scraped {
  return [metric, { ...identityOf(of), ...more, ...targetOf(target) }, value]
}

export interface ExporterState extends Target {
  /** Whether every source was read completely. */
  readonly discovered?: boolean | Readonly<Record<string, boolean>>
}

const SOURCES = { 'static/': true, 'argocd/control': true, 'flux/control': true }

/** The series of an exporter that answers. */
export function exporter({ discovered = true, ...target }: ExporterState = {}): readonly Scraped[] {
  const labels = targetOf(target)
  const sources = typeof discovered === 'boolean' ? SOURCES : { ...SOURCES, ...discovered }
  return [
    ['up', labels, 1],
    ['gitops_exporter_build_info', { ...labels, version: '1.0.0', external_url: 'https://drift.example.com' }, 1],
    ...Object.entries(sources).map(([source, isUp]): Scraped => {
      const [controller = '', cluster = ''] = source.split('/')
      const value = isUp && discovered !== false ? 1 : 0
      return ['gitops_discovery_up', { ...labels, controller, app_cluster: cluster }, value]
    }),
  ]
}

/** A target that does not answer. */
export function down(target: Target = {}): readonly Scraped[] {
  return [['up', targetOf(target), 0]]
}
