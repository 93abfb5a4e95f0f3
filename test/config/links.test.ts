import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINKS_EXAMPLE } from '../../docs/links.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { appLinks } from '../../src/presentation/acting/app-links.ts'
import { appReport } from '../metrics/reports.ts'

test('the links that the docs show are read, and lead where they say', () => {
  const { links } = parseConfig(`apps: []\n${LINKS_EXAMPLE}`, '/config.yaml')
  const url = 'git@git.example.com:acme/platform.git'
  const revisions = [{ repository: url, path: '', targetRevision: 'main', commit: 'bbb', commitTime: 0 }]
  const report = appReport(
    'shop',
    {
      ...{ controller: 'argocd', namespace: 'argocd', labels: { team: 'web' } },
      sources: [{ url, path: '', targetRevision: 'main' }],
    },
    { revisions },
    { appliedCommit: 'aaa' },
  )
  const found = new Map(appLinks(report, links).map((link) => [link.name, link.url]))
  assert.equal(found.get('Argo CD'), 'https://argocd.example.com/applications/argocd/shop')
  assert.equal(found.get('Runbook'), 'https://wiki.example.com/web/runbooks/shop')
  assert.equal(found.get('Commit'), 'https://git.example.com/acme/platform/-/commit/bbb')
  assert.equal(found.get('What is not applied'), 'https://git.example.com/acme/platform/-/compare/aaa...bbb')
  assert.equal(found.size, links.length)
  const other = appReport('shop', { sources: [{ url: 'https://git.other.com/a', path: '', targetRevision: '' }] })
  assert.deepEqual(
    appLinks(other, links).map(({ name }) => name),
    ['Grafana', 'Silence'],
  )
})
