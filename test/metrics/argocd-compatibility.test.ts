import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argocdFamily } from '../../src/metrics/families/argocd-compatibility.ts'
import type { ReportedStatus } from '../../src/model/verdicts/reported-status.ts'
import { appReport } from './reports.ts'

const REPORTED: ReportedStatus = { status: 'Synced', applied: [], suspended: false, disagrees: false }

function label(name: string, summary: Parameters<typeof appReport>[1]): string | undefined {
  const [series] = [...argocdFamily.series(appReport('shop', summary))]
  return series?.values[argocdFamily.labels.indexOf(name)]
}

test('health is Unknown where nobody tells of it', () => {
  assert.equal(label('health_status', {}), 'Unknown')
  assert.equal(label('health_status', { controller: 'flux', reportedStatus: REPORTED }), 'Unknown')
  assert.equal(
    label('health_status', { controller: 'flux', reportedStatus: { ...REPORTED, health: 'Degraded' } }),
    'Degraded',
  )
})

test('auto-sync is said only where there is a controller that could sync', () => {
  assert.equal(label('autosync_enabled', { controller: 'static' }), '')
  assert.equal(label('autosync_enabled', { controller: 'helm' }), '')
  assert.equal(label('autosync_enabled', { controller: 'flux', autoSync: false }), 'false')
  assert.equal(label('autosync_enabled', { controller: 'flux', autoSync: true }), 'true')
})
