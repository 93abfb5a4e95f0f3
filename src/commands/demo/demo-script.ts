import { rm } from 'node:fs/promises'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { liveObject } from './applied-object.ts'
import { DEMO_APPS, type DemoApp, type DemoCluster, type DemoState, FIRST_STATE } from './demo-apps.ts'
import type { DemoFixture } from './demo-fixture.ts'
import { instanceName, type ScrapedVerdict } from './scrape-verdicts.ts'

/** One change, and what must be seen after it. */
export interface DemoStep {
  readonly title: string
  readonly make: (fixture: DemoFixture) => Promise<void>
  /** By `app in cluster`. */
  readonly expect: ReadonlyMap<string, ScrapedVerdict>
}

const SYNCED: ScrapedVerdict = { status: 'Synced', cause: undefined }
const outOfSync = (cause: string): ScrapedVerdict => ({ status: 'OutOfSync', cause })

/** Live edits, commits of every kind of app, and how each heals: in this order, each starting where the one before ended. */
export function demoScript(): readonly DemoStep[] {
  const storefront = demoApp('storefront')
  const payments = demoApp('payments')
  const edited = liveWithReplicas(storefront, 5)
  const newImage: DemoState = { ...FIRST_STATE, storefrontImage: 'registry.example.com/storefront:1.5.0' }
  const [deletedService] = payments.objects(FIRST_STATE).filter(({ kind }) => kind === 'Service')
  return [
    {
      title: 'scale storefront in prod-us by hand, 3 → 5',
      make: (fixture) => fixture.writeLive('prod-us', edited),
      expect: expected(storefront, outOfSync('live'), ['prod-us']),
    },
    {
      title: 'put it back',
      make: (fixture) => fixture.apply(storefront, 'prod-us', FIRST_STATE),
      expect: expected(storefront, SYNCED),
    },
    {
      title: 'delete the Service of payments in prod-us',
      make: async (fixture) => {
        if (deletedService !== undefined) await rm(fixture.liveFile('prod-us', deletedService))
      },
      expect: expected(payments, outOfSync('live')),
    },
    {
      title: 'put it back',
      make: (fixture) => fixture.apply(payments, 'prod-us', FIRST_STATE),
      expect: expected(payments, SYNCED),
    },
    {
      title: 'commit a new image of storefront',
      make: (fixture) => fixture.commit(newImage, 'storefront 1.5.0'),
      expect: expected(storefront, outOfSync('git')),
    },
    {
      title: 'deploy it to prod-us',
      make: (fixture) => fixture.apply(storefront, 'prod-us', newImage),
      expect: new Map([
        ...expected(storefront, SYNCED, ['prod-us']),
        ...expected(storefront, outOfSync('git'), ['prod-eu']),
      ]),
    },
    {
      title: 'deploy it to prod-eu',
      make: (fixture) => fixture.apply(storefront, 'prod-eu', newImage),
      expect: expected(storefront, SYNCED),
    },
    ...commitAndRevert('payments', newImage, { ...newImage, paymentsImage: 'registry.example.com/payments:2.1.0' }),
    ...commitAndRevert('search', newImage, { ...newImage, searchImage: 'registry.example.com/search:1.0.0' }),
    ...commitAndRevert('quotas', newImage, { ...newImage, quotaPods: '80' }),
  ]
}

function commitAndRevert(name: string, before: DemoState, after: DemoState): readonly DemoStep[] {
  const app = demoApp(name)
  return [
    {
      title: `commit a change of ${name} (${app.tool})`,
      make: (fixture) => fixture.commit(after, `Change ${name}`),
      expect: expected(app, outOfSync('git')),
    },
    {
      title: 'revert the commit',
      make: (fixture) => fixture.commit(before, `Revert "Change ${name}"`),
      expect: expected(app, SYNCED),
    },
  ]
}

function demoApp(name: string): DemoApp {
  const app = DEMO_APPS.find((one) => one.name === name)
  if (app === undefined) throw new Error(`the demo has no app ${name}`)
  return app
}

function expected(
  app: DemoApp,
  verdict: ScrapedVerdict,
  clusters: readonly DemoCluster[] = app.clusters,
): ReadonlyMap<string, ScrapedVerdict> {
  return new Map(clusters.map((cluster) => [instanceName(app.name, cluster), verdict]))
}

/** A manual edit of the file: only the number changes, and managedFields do not record it. */
function liveWithReplicas(app: DemoApp, replicas: number): KubernetesObject {
  const [found] = app.objects(FIRST_STATE).filter(({ kind }) => kind === 'Deployment')
  if (found === undefined) throw new Error(`${app.name} has no Deployment`)
  const live = liveObject(found)
  const spec: JsonObject = { ...(isJsonObject(live.spec) ? live.spec : {}), replicas }
  return { ...live, spec }
}
