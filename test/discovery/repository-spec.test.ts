import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveFromResource } from '../../src/discovery/repositories/declared-repository.ts'
import { resolveRepository } from '../../src/discovery/repositories/repository-spec.ts'
import type { RepositorySettings } from '../../src/model/settings.ts'
import { addressPattern, addressPrefix } from '../../src/model/sources/address-start.ts'
import { urlOf } from './urls.ts'

const entry = (url: string, fetchFrom: string): RepositorySettings => ({
  url: url.includes('*') ? addressPattern(url) : urlOf(url),
  fetchFrom: urlOf(fetchFrom),
  credentials: { type: 'none' },
  pollIntervalSeconds: 30,
})
const configOf = (repositories: readonly RepositorySettings[]) => ({
  repositories,
  rewrites: [],
  charts: [],
  credentials: [],
})
const REPOSITORIES = [
  entry('*', 'file:///srv/all'),
  entry('https://git.example.com/*', 'file:///srv/example'),
  entry('https://git.example.com/team/*', 'file:///srv/team'),
  entry('https://git.example.com/team/one.git', 'file:///srv/one'),
]

function fetchedFrom(url: string): string | undefined {
  const resolution = resolveRepository(urlOf(url), configOf(REPOSITORIES))
  return 'spec' in resolution ? resolution.spec.fetchUrl : undefined
}

test('the entry for just this URL comes first, then the longest pattern', () => {
  assert.equal(fetchedFrom('https://Git.example.com/team/one'), 'file:///srv/one')
  assert.equal(fetchedFrom('https://git.example.com/team/two.git'), 'file:///srv/team')
  assert.equal(fetchedFrom('https://user@GIT.example.com/other/deep/r'), 'file:///srv/example')
})

test('a star alone stands for every URL, whatever it looks like', () => {
  for (const url of ['https://elsewhere.example.org/r', 'git@git.example.com:team/one', 'ssh://h/r', 'r', 'https://'])
    assert.equal(fetchedFrom(url), 'file:///srv/all', url)
})

test('a star in a URL that an app names is no pattern', () => {
  assert.equal(fetchedFrom('https://git.example.com/*'), 'file:///srv/example')
  const own = [entry('https://git.example.com/team/one', 'file:///srv/one')]
  const resolution = resolveRepository(urlOf('https://git.example.com/*'), configOf(own))
  assert.equal('spec' in resolution && resolution.spec.fetchUrl, 'https://git.example.com/*')
})

test('spellings that Argo CD takes for one URL are one', () => {
  const repositories = [
    entry('git@git.example.com/platform/charts', 'file:///srv/charts'),
    entry('git@git.example.com:apps/*', 'file:///srv/apps'),
  ]
  const from = (url: string) => {
    const plan = resolveRepository(urlOf(url), configOf(repositories))
    return 'spec' in plan ? plan.spec.fetchUrl : plan.failure.code
  }
  for (const url of [
    'git@git.example.com/platform/charts',
    'git@git.example.com:platform/charts.git',
    'ssh://git@git.example.com/platform/charts',
    'git@GIT.example.com:Platform/Charts',
  ])
    assert.equal(from(url), 'file:///srv/charts', url)
  for (const url of [
    'git@git.example.com:apps/one',
    'git@git.example.com/apps/two.git',
    'ssh://git@git.example.com/apps/x',
  ])
    assert.equal(from(url), 'file:///srv/apps', url)
  assert.equal(from('git@git.example.com/other/charts'), 'git@git.example.com/other/charts')
})

test('a folder of charts stands for what its match begins, and for nothing else', () => {
  const charts = [
    { match: addressPrefix('https://charts.example.com'), folder: '/srv/charts' },
    { match: addressPrefix('https://charts.example.com/team/'), folder: '/srv/team' },
    { match: addressPrefix('oci://registry.example.com/'), folder: '/srv/oci' },
  ]
  const config = { ...configOf([]), charts }
  const folderOf = (url: string, type?: 'helm' | 'oci' | 'file') => {
    const resolution = resolveRepository(urlOf(url), config, 'resource', type)
    return 'spec' in resolution ? resolution.spec.chartFolder : undefined
  }
  assert.equal(folderOf('https://charts.example.com/stable', 'helm'), '/srv/charts')
  assert.equal(folderOf('https://charts.example.com/team/a', 'helm'), '/srv/team')
  assert.equal(folderOf('https://charts.example.com.evil.org/stable', 'helm'), undefined)
  assert.equal(folderOf('oci://registry.example.com/charts/web', 'oci'), '/srv/oci')
  assert.equal(folderOf('https://charts.example.com/stable/a.yaml', 'file'), undefined)
  assert.equal(folderOf('https://charts.example.com/stable'), undefined)
  const rules = { allowedRepositories: ['https://other.example.com/*'], trustedUrls: [] }
  const declared = {
    url: urlOf('https://charts.example.com/stable'),
    type: 'helm',
    credentials: { type: 'none' },
    reference: '',
  } as const
  assert.throws(() => resolveFromResource(declared, rules, config), { name: 'GDE_NOT_PERMITTED' })
})
