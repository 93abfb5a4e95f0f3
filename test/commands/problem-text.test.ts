import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemText } from '../../src/commands/output/problem-text.ts'

const firstLine = (text: string): string => text.split('\n')[0] ?? ''

test('a problem of a set names the set, and the app that it concerns', () => {
  const subject = 'ApplicationSet argocd/fleet in control'
  assert.equal(
    firstLine(problemText({ subject, failure: { code: 'GDE_APPSET_ERROR', message: 'no such key' } })),
    'ApplicationSet argocd/fleet in control: no such key (GDE_APPSET_ERROR)',
  )
  assert.equal(
    firstLine(problemText({ subject, failure: { code: 'GDE_APPSET_APPLICATION', app: 'shop', message: 'no name' } })),
    'ApplicationSet argocd/fleet in control: app shop: no name (GDE_APPSET_APPLICATION)',
  )
})

test('a problem of an app of the config file names the app once', () => {
  const failure = { code: 'GDE_CLUSTER_UNKNOWN', app: 'shop', message: 'no cluster matches' } as const
  assert.equal(
    firstLine(problemText({ subject: 'app shop', failure })),
    'app shop: no cluster matches (GDE_CLUSTER_UNKNOWN)',
  )
})

test('control characters of a subject never reach the terminal', () => {
  const failure = { code: 'GDE_APPSET_ERROR', message: 'broken' } as const
  assert.equal(problemText({ subject: 'cluster \u001b[2J', failure }).includes('\u001b'), false)
})
