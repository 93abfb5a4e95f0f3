import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { urlOf } from '../urls.ts'
import { fleetFixture, isStatus, isUnknownFor, NO_RULES, REPOSITORY_URL } from './fleet-world.ts'
import { gitRepository, kustomization } from './resources.ts'

const BASE_URL = 'https://git.example.com/base.git'
const SETTINGS = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {color: red}
`

/** An app whose kustomization names a base of another repository, at a revision that is there or is not. */
async function fleetWithBase(revision: string) {
  const fixture = await fleetFixture(['control'])
  const base = join(fixture.folder, 'base')
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', base, '-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args])
  const commit = async (text: string): Promise<void> => {
    await writeFile(join(base, 'settings.yaml'), text)
    git('add', '--all')
    git('commit', '--quiet', '--message', 'change')
  }
  await mkdir(base)
  git('init', '--quiet', '--initial-branch=main')
  await writeFile(join(base, 'kustomization.yaml'), 'resources: [settings.yaml]\n')
  await commit(SETTINGS)
  await fixture.commit({ 'apps/shop/kustomization.yaml': `resources: ["${BASE_URL}?ref=${revision}"]\n` })
  await fixture.live('control', 'flux.yaml', [kustomization(), gitRepository()])
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'shop',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  }
  const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop', labels } }
  await fixture.live('control', 'live.yaml', [{ ...live, data: { color: 'red' } }])
  const { settings, runtime } = fixture
  const follow = (pollIntervalSeconds: number, allowedRepositories: readonly string[]) => {
    const repository = {
      url: urlOf(BASE_URL),
      fetchFrom: urlOf(`file://${base}`),
      credentials: { type: 'none' },
    } as const
    const flux = [{ cluster: 'control', namespaces: ['*'], ...NO_RULES, allowedRepositories }]
    runtime.follow({
      settings: {
        ...settings,
        repositories: [...settings.repositories, { ...repository, pollIntervalSeconds }],
        discovery: { argocd: [], helm: [], flux },
      },
    })
  }
  return { fixture, git, commit, follow, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() }
}

test('a base of another repository is waited for, and followed', async () => {
  await using fleet = await fleetWithBase('next')
  const { fixture, git, commit, follow } = fleet
  follow(1, [])
  await fixture.until('control/shop', isStatus('Unknown'))
  git('branch', 'next')
  await fixture.until('control/shop', isStatus('Synced'))
  git('checkout', '--quiet', 'next')
  await commit(SETTINGS.replace('red', 'blue'))
  await fixture.until('control/shop', isStatus('OutOfSync'))
})

test('a base that may be read now is read at once', async () => {
  await using fleet = await fleetWithBase('main')
  const { fixture, follow } = fleet
  // Polls are too rare to bring it.
  follow(3600, [REPOSITORY_URL])
  await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED'))
  follow(3600, [REPOSITORY_URL, BASE_URL])
  await fixture.until('control/shop', isStatus('Synced'))
  follow(3600, [REPOSITORY_URL])
  await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED'))
})
