import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppIdentity } from '../../../src/model/identity.ts'
import { matchersText, matcherText, silenceMatchers } from '../../../src/presentation/acting/silence.ts'
import { until } from '../../commands/until.ts'
import { startAlertmanager } from '../../servers/alertmanager.ts'
import { at, getJson } from '../../servers/http-json.ts'
import { skipWithout } from '../../tools/build.ts'

const HOSTILE = `a"b\\c'd,e=f{g}~!☃ $(x)`
const app = (name: string, rest: Partial<AppIdentity> = {}): AppIdentity => ({
  ...{ controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace: 'argocd' },
  ...{ name, destination: 'prod-us' },
  ...rest,
})

test('an empty label is none to match', () => {
  const labels = silenceMatchers(app('shop', { controller: 'static', kind: 'App', declaredIn: '', namespace: '' }))
  assert.equal(matchersText(labels), '{app_name="shop",app_kind="App",controller="static",dest_cluster="prod-us"}')
})

describe('Alertmanager', { skip: skipWithout('alertmanager') }, () => {
  test('reads the matchers as they are meant, and they match the alerts of this app alone', async () => {
    await using alertmanager = await startAlertmanager()
    const apps = [app('shop'), app('shop', { destination: 'prod-eu' }), app(HOSTILE), app('shop2')]
    const alerts = apps.map((one) => ({ labels: { alertname: 'x', ...Object.fromEntries(silenceMatchers(one)) } }))
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    })
    assert.equal(answer.status, 200)
    await until('all are there', async () => ((await alertmanager.alerts()).length === apps.length ? true : undefined))
    for (const one of apps) {
      // amtool and the API read a matcher with one parser.
      const query = new URLSearchParams(
        silenceMatchers(one).map((matcher): [string, string] => ['filter', matcherText(matcher)]),
      )
      const found = await getJson(`${alertmanager.url}/api/v2/alerts?${query}`)
      assert.ok(Array.isArray(found))
      assert.deepEqual(
        found.map((alert) => [at(alert, 'labels', 'app_name'), at(alert, 'labels', 'dest_cluster')]),
        [[one.name, one.destination]],
      )
    }
  })
})
