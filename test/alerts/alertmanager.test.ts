import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { ALERTMANAGER_EXAMPLE } from '../../alerts/alertmanager.ts'
import { ALERTS } from '../../alerts/rules.ts'
import { until } from '../commands/until.ts'
import { startAlertmanager } from '../servers/alertmanager.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { postAlerts } from './on-call.ts'

const EXAMPLE = join(import.meta.dirname, '../../alerts/alertmanager.example.yaml')

type Labels = Readonly<Record<string, string>>

const ROUTES: readonly (readonly [why: string, labels: Labels, receiver: string])[] = [
  ['what wakes somebody', { alertname: 'GitOpsClusterUnreachable', severity: 'critical' }, 'on-call'],
  [
    'the same where nobody is woken',
    { alertname: 'GitOpsClusterUnreachable', severity: 'critical', label_environment: 'staging' },
    'chat',
  ],
  ['an app of a team', { alertname: 'GitOpsOutOfSync', severity: 'warning', label_team: 'payments' }, 'payments'],
  ['an app of no team', { alertname: 'GitOpsOutOfSync', severity: 'warning' }, 'platform'],
  [
    'an app of a team where nobody is bothered',
    { alertname: 'GitOpsOutOfSync', severity: 'warning', label_team: 'payments', label_environment: 'dev' },
    'chat',
  ],
  [
    'what informs, of whatever team',
    { alertname: 'GitOpsManualSyncPending', severity: 'info', label_team: 'payments' },
    'chat',
  ],
  ['mass drift', { alertname: 'GitOpsMassDrift', severity: 'critical', scope: 'cluster' }, 'on-call'],
]

for (const [why, labels, receiver] of ROUTES)
  test(`${why} goes to ${receiver}`, { skip: skipWithout('amtool') }, async () => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
    const args = ['config', 'routes', 'test', `--config.file=${EXAMPLE}`, `--verify.receivers=${receiver}`, ...pairs]
    await run(toolPath('amtool'), args)
  })

const APP = {
  app_name: 'shop',
  controller: 'argocd',
  dest_cluster: 'prod-us',
  project: 'web',
  repo: 'https://r.example',
}
const { project: _project, repo: _repo, ...NOWHERE } = APP
const outOfSync = (of: Labels) => ({ alertname: 'GitOpsOutOfSync', ...of })
const massDrift = (of: Labels) => ({ alertname: 'GitOpsMassDrift', ...of })

const INHIBITED: readonly (readonly [why: string, source: Labels, target: Labels, isInhibited: boolean])[] = [
  ['drift of a cluster', massDrift({ scope: 'cluster', dest_cluster: 'prod-us' }), outOfSync(APP), true],
  ['drift of another cluster', massDrift({ scope: 'cluster', dest_cluster: 'prod-eu' }), outOfSync(APP), false],
  ['drift of a project', massDrift({ scope: 'project', project: 'web' }), outOfSync(APP), true],
  [
    'drift of a project, for an app of none',
    massDrift({ scope: 'project', project: 'web' }),
    outOfSync(NOWHERE),
    false,
  ],
  [
    'drift of a cluster, for an app of no project',
    massDrift({ scope: 'cluster', dest_cluster: 'x' }),
    outOfSync(NOWHERE),
    false,
  ],
  ['drift of a repository', massDrift({ scope: 'repository', repo: 'https://r.example' }), outOfSync(APP), true],
  [
    'drift of a repository, for an app of none',
    massDrift({ scope: 'repository', repo: 'https://r.example' }),
    outOfSync(NOWHERE),
    false,
  ],
  [
    'drift of a cluster, for a manual change there',
    massDrift({ scope: 'cluster', dest_cluster: 'prod-us' }),
    { alertname: 'GitOpsManualChange', ...APP },
    false,
  ],
  [
    'a dead cluster, for its Unknown apps',
    { alertname: 'GitOpsClusterUnreachable', dest_cluster: 'prod-us' },
    { alertname: 'GitOpsSyncUnknown', ...APP },
    true,
  ],
  [
    'a dead cluster, for drift that was there before',
    { alertname: 'GitOpsClusterUnreachable', dest_cluster: 'prod-us' },
    outOfSync(APP),
    false,
  ],
  [
    'a dead cluster, for the config file whose apps vanished',
    { alertname: 'GitOpsClusterUnreachable', dest_cluster: 'prod-us' },
    { alertname: 'GitOpsAppsVanished', controller: 'static' },
    false,
  ],
  [
    'a repository that cannot be read, for an Unknown app without one',
    { alertname: 'GitOpsRepositoryUnreachable', repo: 'https://r.example' },
    { alertname: 'GitOpsSyncUnknown', ...NOWHERE },
    false,
  ],
  [
    'a dead exporter, for the replica that is missed',
    { alertname: 'GitOpsExporterDown', instance: 'a' },
    { alertname: 'GitOpsExporterInstanceLost' },
    true,
  ],
  ['a dead exporter, for drift', { alertname: 'GitOpsExporterDown', instance: 'a' }, outOfSync(APP), false],
  [
    'drift, for the controller that cannot mend it',
    outOfSync(APP),
    { alertname: 'GitOpsControllerSyncFailed', ...APP },
    true,
  ],
  [
    'drift, for another app that its controller cannot apply',
    outOfSync(APP),
    { alertname: 'GitOpsControllerSyncFailed', ...APP, app_name: 'cart' },
    false,
  ],
]

/** Come last: when the second is inhibited, Alertmanager has looked at all that came before. */
const CONTROL = [
  { alertname: 'GitOpsClusterUnreachable', dest_cluster: 'control' },
  { alertname: 'GitOpsSyncUnknown', dest_cluster: 'control' },
] as const

for (const [why, source, target, isInhibited] of INHIBITED)
  test(`${why}: ${isInhibited ? 'only the first is told' : 'both are told'}`, {
    skip: skipWithout('alertmanager'),
  }, async () => {
    await using alertmanager = await startAlertmanager({ config: ALERTMANAGER_EXAMPLE })
    await postAlerts(alertmanager, [source, target])
    await postAlerts(alertmanager, CONTROL)
    const states = await until('the control to be inhibited', async () => {
      const alerts = await alertmanager.alerts()
      const stateOf = (wanted: Labels) => alerts.find(({ labels }) => isDeepStrictEqual(labels, wanted))?.state
      return stateOf(CONTROL[1]) === 'suppressed' ? [stateOf(source), stateOf(target)] : undefined
    })
    assert.deepEqual(states, ['active', isInhibited ? 'suppressed' : 'active'])
  })

test('routes and inhibitions name alerts that exist', () => {
  const names = new Set(ALERTS.map(({ alert }) => alert))
  const named = JSON.stringify(ALERTMANAGER_EXAMPLE).match(/GitOps\w+/g) ?? []
  assert.ok(named.length > 10)
  assert.deepEqual(
    named.filter((name) => !names.has(name)),
    [],
  )
})
