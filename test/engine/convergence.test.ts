import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppReport } from '../../src/model/fleet.ts'
import fc from '../fast-check.ts'
import { app, configMap, createFixture, type Fixture, inventory, type RunningEngine } from './engine-fixture.ts'

const NAMES = ['a', 'b', 'c'] as const
const APPS = ['one', 'two'] as const

type Step =
  | { readonly type: 'commit'; readonly app: string; readonly name: string; readonly value: string | undefined }
  | { readonly type: 'live'; readonly app: string; readonly name: string; readonly value: string | undefined }
  | { readonly type: 'apps'; readonly apps: readonly string[] }

const value = fc.constantFrom('x', 'y', undefined)
const name = fc.constantFrom(...NAMES)
const appName = fc.constantFrom(...APPS)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('commit' as const), app: appName, name, value }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('live' as const), app: appName, name, value }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('apps' as const), apps: fc.subarray([...APPS], { minLength: 1 }) }),
  },
)

const tracked = (owner: string, object: string) => ({
  'argocd.argoproj.io/tracking-id': `${owner}:/ConfigMap:shop/${owner}-${object}`,
})

/** What does not depend on how the engine came to know it. */
function settled({ fleet }: RunningEngine): unknown {
  return [...fleet.apps.values()]
    .map(({ summary, verdict: { outcome, objectCounts, objects } }: AppReport) => ({
      app: summary.name,
      status: outcome.status,
      objectCounts,
      objects: objects.map(({ key, state }) => `${key.name} ${state}`).sort(),
    }))
    .sort((one, other) => (one.app < other.app ? -1 : 1))
}

function appsOf(fixture: Fixture, names: readonly string[]) {
  return names.map((appName) =>
    app(fixture, {
      name: appName,
      controller: 'argocd',
      tracking: { method: 'annotation', appName, labelKey: 'app.kubernetes.io/instance' },
    }),
  )
}

test('what the engine knows after any history is what a new one finds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      await using fixture = await createFixture()
      for (const owner of APPS)
        await fixture.commit('repository', {
          [`${owner}/keep.yaml`]: '',
          [`${owner}/a.yaml`]: configMap(`${owner}-a`, 'x'),
        })
      await fixture.live('one', 'version.yaml', 'serverVersion: { gitVersion: v1.36.0 }\n')
      const running = await fixture.start()
      let apps: readonly string[] = APPS
      running.engine.reconcile(inventory(fixture, appsOf(fixture, apps)))
      const live = new Set<string>()
      for (const taken of steps) {
        if (taken.type === 'apps') {
          apps = taken.apps
          running.engine.reconcile(inventory(fixture, appsOf(fixture, apps)))
          continue
        }
        const object = `${taken.app}-${taken.name}`
        const file = taken.type === 'commit' ? `${taken.app}/${taken.name}.yaml` : `${object}.yaml`
        if (taken.type === 'live') {
          if (taken.value === undefined && !live.delete(file)) continue
          if (taken.value !== undefined) live.add(file)
          const text = taken.value && configMap(object, taken.value, 'shop', tracked(taken.app, taken.name))
          await fixture.live('one', file, text)
        } else {
          const text = taken.value === undefined ? '' : configMap(object, taken.value)
          await fixture.commit('repository', { [file]: text })
        }
      }
      // An engine looks for objects of a kind that no app declares any more only if it saw it declared.
      await fixture.commit(
        'repository',
        Object.fromEntries(apps.map((owner) => [`${owner}/z.yaml`, configMap(`${owner}-z`, 'x')])),
      )
      const fresh = await fixture.start({ stateDirectory: `${fixture.folder}/fresh` })
      fresh.engine.reconcile(inventory(fixture, appsOf(fixture, apps)))
      await fresh.firstPass()
      const deadline = Date.now() + 10_000
      while (JSON.stringify(settled(running)) !== JSON.stringify(settled(fresh)) && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual(settled(running), settled(fresh))
    }),
    { numRuns: 10 },
  )
})
