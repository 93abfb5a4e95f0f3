import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterFacts, ClusterIdentities } from '../../src/discovery/clusters/cluster-identities.ts'
import type { RegisteredCluster } from '../../src/discovery/clusters/registered-cluster.ts'
import { composeInventory } from '../../src/discovery/inventory/compose-inventory.ts'
import type { ClusterSpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { SETTINGS } from './flux/flux-snapshot.ts'

const ORIGIN = { controller: 'argocd', declaredIn: 'control' } as const
const cluster = (name: string): ClusterSpec => ({ name, labels: {}, access: { type: 'kubeconfig', path: name } })
const registered = (server: string): RegisteredCluster => ({
  name: 'prod',
  server,
  labels: {},
  access: { type: 'kubeconfigText', kubeconfig: new Confidential('{}'), version: '1' },
})

/** Names of the clusters after each round in which those that are asked for have told who they are. */
function rounds(server: string, answers: Readonly<Record<string, ClusterFacts>>): readonly string[] {
  let asked: ReadonlyMap<string, string> = new Map()
  const identities: ClusterIdentities = {
    track: (clusters) => {
      asked = clusters
    },
    of: (name) => (asked.has(name) ? answers[name] : undefined),
    isAwaited: () => false,
  }
  const part = {
    clusters: [],
    repositories: [],
    apps: [],
    problems: [],
    complete: true,
    registered: [registered(server)],
  }
  const discovered = [{ origin: ORIGIN, part, isOld: false, wasReported: true }]
  const settings = { ...SETTINGS, clusters: [cluster('control'), cluster('prod')] }
  return Array.from({ length: 6 }, () => {
    const { inventory, toIdentify } = composeInventory(settings, discovered, identities)
    identities.track(toIdentify)
    return inventory.clusters.map(({ name }) => name).join()
  })
}

const SERVER = 'https://prod.example.com'
const answers = (server: string, identity = 'b'): Readonly<Record<string, ClusterFacts>> => ({
  control: { identity: 'a', server: 'https://control.example.com' },
  prod: { identity: 'b', server },
  'control/prod': { identity, server: SERVER },
})

for (const [title, server] of [
  ['at the same address', SERVER],
  ['at another address', 'https://10.0.0.1'],
] as const)
  test(`a registered cluster that the config has, too, ${title} becomes one with it, and stays so`, () => {
    const names = rounds(SERVER, answers(server))
    assert.deepEqual([names[0], ...new Set(names.slice(1))], ['control,prod,control/prod', 'control,prod'])
  })

test('a registered cluster of the same name that is another one stays another one', () => {
  assert.deepEqual([...new Set(rounds(SERVER, answers('https://10.0.0.1', 'c')))], ['control,prod,control/prod'])
})
