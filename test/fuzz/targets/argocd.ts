import assert from 'node:assert/strict'
import { applicationToApp } from '../../../src/discovery/argocd/applications/application-to-app.ts'
import { stripApplication } from '../../../src/discovery/argocd/applications/stripped-resource.ts'
import { readSettings } from '../../../src/discovery/argocd/argocd-settings.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import { clustersOf, contextOf } from '../../discovery/argocd/context.ts'
import { application, IN_CLUSTER, project } from '../../discovery/argocd/resources.ts'
import { secretOf } from '../../discovery/argocd/secret.ts'
import { REPOSITORY_URL } from '../../discovery/flux/fleet-world.ts'
import { nonsense, pathsIn, replaced, type Steps } from '../../discovery/nonsense.ts'
import fc from '../../fast-check.ts'
import type { FuzzTarget } from '../target.ts'

const source: JsonObject = { repoURL: REPOSITORY_URL, targetRevision: 'main', path: 'web' }
const plain: JsonObject = {
  ...source,
  directory: { recurse: true, include: '*.yaml', jsonnet: { extVars: [{ name: 'a', value: 'b', code: true }] } },
}
const kustomize: JsonObject = {
  ...source,
  kustomize: {
    namePrefix: 'a-',
    images: ['a=b:1'],
    replicas: [{ name: 'web', count: '2' }],
    commonLabels: { a: 'b' },
    patches: [{ patch: '- op: add', target: { kind: 'Deployment' }, options: { allowNameChange: true } }],
    components: ['../c'],
  },
}
const helm: JsonObject = {
  ...source,
  helm: {
    releaseName: 'web',
    valueFiles: ['$values/a.yaml'],
    values: 'a: b',
    valuesObject: { a: [1] },
    parameters: [{ name: 'a', value: 'b', forceString: true }],
    fileParameters: [{ name: 'a', path: 'b' }],
    skipCrds: true,
    kubeVersion: '1.36',
    apiVersions: ['a/v1'],
  },
}

/** Valid, with every field that is read. */
const APPLICATIONS: readonly JsonObject[] = [
  application(
    'one',
    {
      source: kustomize,
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true'],
        managedNamespaceMetadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
      },
      ignoreDifferences: [
        {
          group: 'apps',
          kind: 'Deployment',
          name: 'web',
          jsonPointers: ['/spec'],
          jqPathExpressions: ['.spec'],
          managedFieldsManagers: ['a'],
        },
      ],
    },
    {
      metadata: { labels: { team: 'a' }, annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } },
      status: {
        reconciledAt: '2026-01-01T00:00:00Z',
        sync: { status: 'Synced', revision: 'a', comparedTo: { source: kustomize } },
        health: { status: 'Healthy' },
        history: [{ revision: 'a', source: kustomize }],
        operationState: { phase: 'Succeeded', message: 'm', finishedAt: '2026-01-01T00:00:00Z' },
        resources: [{ group: 'apps', kind: 'Deployment' }],
      },
    },
  ),
  application('plain', { source: plain }),
  application('several', { source: null, sources: [helm, { repoURL: REPOSITORY_URL, ref: 'values' }] }),
  application('hydrated', {
    source: null,
    sourceHydrator: {
      drySource: { repoURL: REPOSITORY_URL, path: 'dry', targetRevision: 'main' },
      syncSource: { targetBranch: 'hydrated', path: 'web' },
    },
  }),
]
const PROJECT = project('default', {
  sourceNamespaces: ['team'],
  destinationServiceAccounts: [{ server: IN_CLUSTER, namespace: '*', defaultServiceAccount: 'a' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
})
const CONFIG: JsonObject = {
  bearerToken: 'hunter2',
  username: 'a',
  password: 'hunter2',
  tlsClientConfig: { insecure: true, serverName: 'a', caData: 'YQ==', certData: 'YQ==', keyData: 'aHVudGVyMg==' },
  execProviderConfig: { command: 'aws', args: ['a'], env: { A: 'hunter2' }, apiVersion: 'v1', installHint: 'a' },
  awsAuthConfig: { clusterName: 'a', roleARN: 'b', profile: 'c' },
  proxyUrl: 'http://127.0.0.1',
}

function specPathsOf(resource: JsonObject): readonly Steps[] {
  return pathsIn(resource).filter(([first]) => first === 'spec' || first === 'status')
}

/** It is accepted or refused with a code, never a bug; and no message holds a secret. */
function assertUnderstood(resource: JsonObject, context: ReturnType<typeof contextOf>): void {
  const { app, repositories } = applicationToApp(stripApplication(asKubernetesObject(resource)), context)
  if (app.problem === undefined) return
  assert.notEqual(app.problem.code, 'GDE_INTERNAL', app.problem.message)
  assert.doesNotMatch(app.problem.message, /hunter2/)
  assert.deepEqual(repositories, [], 'what is refused is not fetched')
}

/** Nonsense in any field of an Application or its project is refused or understood, and never thrown. */
export const applications: FuzzTarget = {
  name: 'Applications',
  shortRuns: 3000,
  async prepare() {
    const context = contextOf({ projects: [PROJECT] })
    for (const one of APPLICATIONS) assert.equal(applicationToApp(one, context).app.problem, undefined)
    const resources = [...APPLICATIONS, PROJECT]
    const fieldPaths = resources.flatMap((one, index) => specPathsOf(one).map((steps) => ({ index, steps })))
    return fc.property(fc.constantFrom(...fieldPaths), nonsense, ({ index, steps }, by) => {
      const changed = resources.map((one, at) => (at === index ? jsonObject(replaced(one, steps, by)) : one))
      const context = contextOf({ projects: changed.slice(-1) })
      for (const one of changed.slice(0, -1)) assertUnderstood(one, context)
    })
  },
}

/** Nonsense in a cluster Secret harms nobody but those who go there. */
export const clusterSecrets: FuzzTarget = {
  name: 'cluster Secrets',
  shortRuns: 2000,
  async prepare() {
    const fieldPaths = pathsIn(CONFIG)
    const texts = fc.oneof(
      fc
        .tuple(fc.constantFrom(...fieldPaths), nonsense)
        .map(([steps, by]) => JSON.stringify(replaced(CONFIG, steps, by))),
      fc.tuple(fc.nat(), fc.constant(JSON.stringify(CONFIG))).map(([at, text]) => text.slice(0, at % text.length)),
      fc.string(),
    )
    return fc.property(texts, fc.string(), fc.string(), (config, name, server) => {
      const odd = secretOf('cluster', 'odd', { name, server, config })
      const well = secretOf('cluster', 'well', { name: 'well', server: 'https://well.example.com', config: '{}' })
      const clusters = clustersOf([odd, well], { allowedExecCommands: ['aws'] })
      for (const { failure } of clusters.problems) {
        assert.notEqual(failure.code, 'GDE_INTERNAL', failure.message)
        assert.doesNotMatch(failure.message, /hunter2|aHVudGVyMg/)
      }
      assert.equal(clusters.resolve({ server: 'https://well.example.com', name: '' }, 'p').server, WELL)
    })
  },
}

/** Nonsense in any setting is a finding, and the other settings hold. */
export const argocdSettings: FuzzTarget = {
  name: 'settings of Argo CD',
  shortRuns: 2000,
  async prepare() {
    const keys = [
      'resource.exclusions',
      'resource.inclusions',
      'resource.customizations',
      'resource.customizations.ignoreDifferences.apps_Deployment',
      'resource.compareoptions',
      'timeout.reconciliation',
      'application.resourceTrackingMethod',
      'kustomize.buildOptions',
      'globalProjects',
    ]
    const written = fc.oneof(
      nonsense.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.constantFrom('{', '- a: [', '&a [*a]', '? ?', '!!binary x', '- {clusters: {a: b}}'),
    )
    return fc.property(fc.constantFrom(...keys), written, (key, text) => {
      const { warnings, tracking } = readSettings({ installationID: 'one', [key]: text }, {})
      assert.equal(tracking.installationId, 'one')
      for (const { code } of warnings) assert.match(code, /^GDE_ARGOCD_/)
    })
  },
}

const WELL = 'https://well.example.com'

function jsonObject(value: Json): JsonObject {
  assert.ok(isJsonObject(value))
  return value
}
