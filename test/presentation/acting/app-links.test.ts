import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LinkTemplate } from '../../../src/model/apps/links.ts'
import type { AppReport, AppSummary } from '../../../src/model/fleet.ts'
import { appLinks, fillLink } from '../../../src/presentation/acting/app-links.ts'
import { commitUrl, compareUrl, fileUrl } from '../../../src/presentation/acting/repository-pages.ts'
import { appReport } from '../../metrics/reports.ts'

const [NEW, OLD] = ['b'.repeat(40), 'a'.repeat(40)]

function shop(url: string, summary: Partial<AppSummary> = {}): AppReport {
  const source = { url, path: 'apps/shop', targetRevision: 'feature/one' }
  const revisions = [{ repository: url, path: source.path, targetRevision: 'main', commit: NEW, commitTime: 0 }]
  const labels = { team: 'web & shop' }
  return appReport('shop', { sources: [source], labels, ...summary }, { revisions }, { appliedCommit: OLD })
}
const urlsOf = (report: AppReport, ...templates: readonly LinkTemplate[]) =>
  appLinks(report, templates).map(({ url }) => url)

test('servers that are known at sight need no config, however the repository is written', () => {
  for (const url of [
    'https://github.com/acme/platform.git',
    'https://token:x@GitHub.com/acme/platform',
    'git@github.com:acme/platform.git',
    'ssh://git@github.com/acme/platform.git',
  ])
    assert.deepEqual(urlsOf(shop(url)), [
      `https://github.com/acme/platform/commit/${NEW}`,
      `https://github.com/acme/platform/compare/${OLD}...${NEW}`,
    ])
  assert.deepEqual(urlsOf(shop('https://gitlab.com/acme/sub/group/platform.git')), [
    `https://gitlab.com/acme/sub/group/platform/-/commit/${NEW}`,
    `https://gitlab.com/acme/sub/group/platform/-/compare/${OLD}...${NEW}`,
  ])
  assert.deepEqual(urlsOf(shop('https://bitbucket.org/acme/platform')), [
    `https://bitbucket.org/acme/platform/commits/${NEW}`,
    `https://bitbucket.org/acme/platform/branches/compare/${NEW}%0D${OLD}`,
  ])
  assert.deepEqual(urlsOf(shop('https://codeberg.org/acme/platform')), [
    `https://codeberg.org/acme/platform/commit/${NEW}`,
    `https://codeberg.org/acme/platform/compare/${OLD}...${NEW}`,
  ])
})

test('servers that are like one that is known, and what is no commit, have no link', () => {
  for (const url of [
    'https://github.com.evil.example.com/acme/platform',
    'https://evil.example.com/github.com/platform',
    'https://git.example.com/acme/platform',
    'file:///github.com/acme/platform',
    'oci://github.com/acme/platform',
    'https://github.com@evil.example.com/a/b',
    'https://github.com/../x',
    '',
  ])
    assert.deepEqual(urlsOf(shop(url)), [], url)
  assert.equal(commitUrl('https://github.com/a/b', 'main'), undefined)
  assert.equal(compareUrl('https://github.com/a/b', NEW, NEW), undefined)
  assert.equal(
    fileUrl('https://github.com/a/b', NEW, { file: 'a b/#?.yaml', line: 7 }),
    `https://github.com/a/b/blob/${NEW}/a%20b/%23%3F.yaml#L7`,
  )
  assert.equal(fileUrl('https://github.com/a/b', NEW, { file: '../../other' }), undefined)
})

test('a link of the config has what it asks for, encoded, and is left out where the app has no such thing', () => {
  const link = (url: string, rest: Partial<LinkTemplate> = {}): LinkTemplate => ({ name: 'x', url, ...rest })
  const own = shop('https://git.example.com/acme/my%20platform.git')
  const filled = (url: string, rest: Partial<LinkTemplate> = {}) => urlsOf(own, link(url, rest))
  assert.deepEqual(filled('https://c.example.com/{repositoryPath}/-/commit/{commit}?from={previousCommit}'), [
    `https://c.example.com/acme/my%20platform/-/commit/${NEW}?from=${OLD}`,
  ])
  assert.deepEqual(filled('https://g.example.com/d/x?var-app={app}&var-team={label:team}#{revision}'), [
    'https://g.example.com/d/x?var-app=shop&var-team=web%20%26%20shop#feature/one',
  ])
  assert.deepEqual(filled('https://a.example.com/#/silences/new?filter={matchers}'), [
    `https://a.example.com/#/silences/new?filter=${encodeURIComponent('{app_name="shop",app_kind="App",controller="static",dest_cluster="prod-us"}')}`,
  ])
  assert.deepEqual(filled('https://c.example.com/{label:other}'), [])
  assert.deepEqual(filled('https://c.example.com/', { controllers: ['argocd'] }), [])
  assert.deepEqual(filled('https://c.example.com/', { repositories: ['https://git.example.com/*'] }).length, 1)
  assert.deepEqual(filled('https://c.example.com/', { repositories: ['https://git.other.example.com/*'] }), [])
})

test('no value changes the server, or ends the part of the URL that it stands in', () => {
  const template = 'https://argocd.example.com/applications/{namespace}/{path}?q={app}#{cluster}'
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const url = fillLink(template, () => value)
      if (url === undefined) return
      const parsed = new URL(url)
      assert.equal(parsed.origin, 'https://argocd.example.com')
      assert.ok(parsed.pathname.startsWith('/applications/'))
      assert.deepEqual([...parsed.searchParams.keys()], ['q'])
      assert.equal(parsed.searchParams.get('q'), value.toWellFormed())
      assert.doesNotMatch(url, /["'<>\s\\]/)
    }),
  )
  for (const value of ['..', '.', '../..', 'a/../b', ''])
    assert.equal(
      fillLink(template, () => value),
      undefined,
    )
})
