import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { applicationToApp } from '../../../src/discovery/argocd/applications/application-to-app.ts'
import { readProject } from '../../../src/discovery/argocd/projects/project.ts'
import { syncWindowsOf } from '../../../src/discovery/argocd/projects/sync-windows.ts'
import { denySync } from '../../../src/engine/verdict/sync-windows.ts'
import { parseJson } from '../../../src/kubernetes/serialization/json.ts'
import type { SyncWindow } from '../../../src/model/apps/sync-window.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { list, object } from '../applicationset/case.ts'
import { contextOf } from './context.ts'
import { application, project } from './resources.ts'

const golden = gunzipSync(await readFile(join(import.meta.dirname, 'golden/sync-windows-3.5.7.json.gz')))
const CASES = list(parseJson(golden.toString('utf8'))).map((one) => object(one))

/** Whether the controller syncs by itself; undefined where it cannot read the windows. */
function answer(question: (typeof CASES)[number]): boolean | undefined {
  const { syncWindows } = readProject({ spec: { syncWindows: list(question.windows) } })
  const { Name, Server, Cluster, Namespace } = object(question.app)
  const destination = { server: String(Server), name: String(Cluster), namespace: String(Namespace) }
  const windows = syncWindowsOf(syncWindows, { name: String(Name), destination })
  if (windows !== undefined) return !denySync(windows, Date.parse(String(question.time)))
  // None is for it, or one cannot be read.
  return question.canSync === null ? undefined : true
}

test('the controller may sync when Argo CD says so', () => {
  assert.ok(CASES.length >= 1000)
  const wrong = CASES.filter((question) => (answer(question) ?? null) !== question.canSync)
  assert.deepEqual(wrong, [])
  for (const expected of [true, false, null])
    assert.ok(CASES.filter(({ canSync }) => canSync === expected).length > 100, String(expected))
})

test('an app has the windows of its project that are for it, and none where one of them is a mistake', () => {
  const window = { kind: 'deny', schedule: '0 22 * * *', duration: '8h', timeZone: 'Europe/Berlin' }
  const appOf = (...syncWindows: readonly JsonObject[]) =>
    applicationToApp(application('shop'), contextOf({ projects: [project('default', { syncWindows })] })).app
  const night: SyncWindow = {
    kind: 'deny',
    schedule: '0 22 * * *',
    milliseconds: 8 * 3_600_000,
    timeZone: 'Europe/Berlin',
  }
  assert.deepEqual(appOf({ ...window, applications: ['sh*'] }, { ...window, applications: ['cart'] }).syncWindows, [
    night,
  ])
  assert.equal(appOf({ ...window, applications: ['cart'] }).syncWindows, undefined)
  assert.equal(
    appOf({ ...window, applications: ['*'] }, { ...window, applications: ['*'], schedule: 'at night' }).syncWindows,
    undefined,
  )
})

test('a window is open by the clock of its zone, summer and winter', () => {
  const night: SyncWindow = { kind: 'deny', schedule: '0 22 * * *', milliseconds: 3_600_000, timeZone: 'Europe/Berlin' }
  const at = (time: string) => denySync([{ ...night }], Date.parse(time))
  assert.deepEqual(['2026-01-10T20:59:59Z', '2026-01-10T21:00:01Z', '2026-01-10T22:00:01Z'].map(at), [
    false,
    true,
    false,
  ])
  assert.deepEqual(['2026-07-10T19:59:59Z', '2026-07-10T20:00:01Z', '2026-07-10T21:00:01Z'].map(at), [
    false,
    true,
    false,
  ])
})

test('hundreds of windows are a mistake that keeps nobody quiet', () => {
  const window = { kind: 'deny', schedule: '* * * * *', duration: '1h', applications: ['*'] }
  const { syncWindows } = readProject({ spec: { syncWindows: Array.from({ length: 100_000 }, () => window) } })
  const destination = { server: '', name: 'prod', namespace: 'web' }
  assert.equal(syncWindowsOf(syncWindows, { name: 'shop', destination }), undefined)
  assert.ok(syncWindows.length < 1000)
})
