import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import openapiTypes from 'openapi-typescript'
import type { EpisodeObject, WatchedEpisode } from '../../src/model/journal/episode.ts'
import { episodeApp } from '../journal/sightings.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { run } from '../servers/run.ts'
import { NOW, serve } from './serving.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A program of somebody else, who knows the description alone. */
const CLIENT = `
import createClient from 'openapi-fetch'
import type { paths } from './api.ts'

export async function read(baseUrl: string) {
  const { GET } = createClient<paths>({ baseUrl })
  const names: string[] = []
  for (let cursor: string | undefined; ; ) {
    const { data, error } = await GET('/apps', {
      params: { query: { status: 'OutOfSync', label: ['team=web'], sort: '-name', limit: 1, ...(cursor !== undefined && { cursor }) } },
    })
    if (error !== undefined) throw new Error(error.message)
    names.push(...data.apps.map((app) => app.identity?.name ?? ''))
    if (data.next === null) break
    cursor = data.next
  }
  const { data: all } = await GET('/apps', { params: { query: { fields: 'labels' } } })
  const first = all?.apps[0]
  const one = await GET('/apps/{id}', { params: { path: { id: first?.id ?? 'none' } } })
  const none = await GET('/apps/{id}', { params: { path: { id: 'none' } } })
  const refused = await GET('/apps', { params: { query: { cursor: 'nonsense' } } })
  const episodes = await GET('/episodes', { params: { query: { state: 'lasting', since: 7 } } })
  const episode = episodes.data?.episodes[0]
  const incidents = await GET('/incidents', {})
  const clusters = await GET('/clusters', {})
  const repositories = await GET('/repositories', {})
  const problems = await GET('/problems', {})
  return {
    names,
    team: first?.labels?.team,
    pointer: one.data?.objects[0]?.differences[0]?.path,
    missing: none.error?.message,
    refused: refused.error?.message,
    live: episode?.objects[0]?.fields[0]?.live,
    lasts: episode?.ended === undefined,
    incident: incidents.data?.incidents[0]?.appCount,
    region: clusters.data?.clusters[0]?.labels.region,
    repository: repositories.data?.repositories[0]?.up,
    problems: problems.data?.problems.length,
  }
}
`

test('a client that is generated from the description compiles and reads everything', async () => {
  const drifting = ['a', 'b'].map((name) =>
    appReport(
      name,
      { labels: { team: 'web' } },
      {
        outcome: { status: 'OutOfSync', cause: 'live' },
        outOfSyncSince: NOW,
        objects: [
          {
            key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
            version: 'v1',
            state: 'changed',
            differences: [{ path: '/spec/replicas', class: 'changed', effect: 'drift', desired: 3, live: 11 }],
          },
        ],
      },
    ),
  )
  const failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'connection refused' } as const
  await using serving = await serve({
    updates: [
      ...[...drifting, appReport('c')].map((report) => ({ type: 'app', report }) as const),
      { type: 'cluster', report: clusterReport('prod-us', { up: false, failure }) },
      { type: 'repository', status: repositoryStatus('a') },
      { type: 'problems', problems: [{ subject: 'x', failure }] },
    ],
    episodes: async ({ state, since }) => {
      assert.deepEqual([state, since], ['lasting', 7])
      return { found: [{ position: { began: 1, app: 'x', seen: 1 }, episode: EPISODE }] }
    },
  })
  const baseUrl = `${serving.http.pagesUrl}/api/v1`
  const description = await (await fetch(`${baseUrl}/openapi.json`)).text()
  await mkdir(join(ROOT, '.cache'), { recursive: true })
  // Inside of the repository, where its libraries are found.
  const folder = await mkdtemp(join(ROOT, '.cache/api-client-'))
  try {
    await writeFile(join(folder, 'api.ts'), await openapiTypes(Readable.from([description])))
    await writeFile(join(folder, 'client.ts'), CLIENT)
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }),
    )
    const compile = () =>
      run(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '--project', folder], { accept: [0, 1, 2] })
    const compiled = await compile()
    assert.equal(compiled.code, 0, compiled.stdout)
    const { read } = await import(pathToFileURL(join(folder, 'client.ts')).href)
    assert.deepEqual(await read(baseUrl), {
      names: ['b', 'a'],
      team: 'web',
      pointer: '/spec/replicas',
      missing: 'There is no such app, or not any more.',
      refused: 'the cursor is not one of this list',
      live: 11,
      lasts: true,
      incident: 0,
      region: 'us-east',
      repository: true,
      problems: 1,
    })
    await writeFile(join(folder, 'client.ts'), CLIENT.replace("status: 'OutOfSync'", "status: 'outofsync'"))
    assert.match((await compile()).stdout, /"outofsync"/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

const DEPLOYMENT: EpisodeObject = {
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
  state: 'changed',
  began: 1,
  beganBy: 'seen',
  seen: 1,
  marks: { declared: 'd', live: 'l' },
  fields: [{ path: '/spec/replicas', class: 'changed', desired: 3, live: 11 }],
}
const EPISODE: WatchedEpisode = {
  app: episodeApp('a'),
  began: 1,
  beganBy: 'seen',
  seen: 1,
  objects: [DEPLOYMENT],
  objectsOmitted: 0,
  commits: { begin: [] },
  controller: [],
  gaps: [],
}
