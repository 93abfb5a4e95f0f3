import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationToApp } from '../../../src/discovery/argocd/applications/application-to-app.ts'
import { contextOf } from './context.ts'
import { application } from './resources.ts'

function namesIn(namespace: string) {
  const source = { repoURL: 'https://git.example.com/r', path: 'p' }
  const { app } = applicationToApp(application('web', { source }, { metadata: { namespace } }), contextOf())
  const [one] = app.sources
  return {
    app: app.name,
    tracking: 'appName' in app.tracking ? app.tracking.appName : undefined,
    source: one?.options.tool === 'argocd' ? one.options.appName : undefined,
  }
}

test('an Application outside Argo CD’s own namespace is rendered and tracked by its instance name', () => {
  assert.deepEqual(namesIn('argocd'), { app: 'web', tracking: 'web', source: 'web' })
  assert.deepEqual(namesIn('team-a'), { app: 'web', tracking: 'team-a_web', source: 'team-a_web' })
})
