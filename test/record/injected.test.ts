import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { differencesOf } from './differences.ts'
import { type RecordedObject, readObjects, readVerdicts, type Verdicts } from './recording.ts'
import { type ReplayedApp, replay } from './replay.ts'
import { isGood } from './reported-status.ts'
import { assembleRepository } from './stage.ts'

/** What cert-manager's CA injector made of apps that Argo CD and Flux had rolled out (`npm run record`), judged from the recording. */
const parts = new AsyncDisposableStack()
let verdicts: Verdicts
let objects: readonly RecordedObject[]
let apps: ReadonlyMap<string, ReplayedApp>

before(
  async () => {
    await builtProgram()
    const { path } = parts.use(await temporaryFolder('injected'))
    const repository = await assembleRepository(`${path}/repository`)
    verdicts = await readVerdicts('injected')
    objects = await readObjects('injected')
    apps = await replay(`${path}/injected`, repository.path, objects)
  },
  { timeout: 600_000 },
)
after(() => parts.disposeAsync())

/** What is told of each recorded app whose name begins so. */
function toldOf(name: string): Readonly<Record<string, readonly string[]>> {
  const keys = Object.keys(verdicts.apps).filter((key) => key.split('/')[1]?.startsWith(name))
  return Object.fromEntries(
    keys.map((key) => {
      const app = apps.get(key)
      return [key, app === undefined ? ['not found'] : differencesOf(app)]
    }),
  )
}

test('the injector has written to all four objects in each cluster', () => {
  const written = objects.filter(({ object }) =>
    listAt(object, 'metadata', 'managedFields').some((entry) => {
      const owned = JSON.stringify(at(entry, 'fieldsV1') ?? {})
      return at(entry, 'manager') === 'cert-manager-cainjector' && owned.includes('f:caBundle')
    }),
  )
  const names = written.map(({ cluster, object }) => `${cluster} ${at(object, 'metadata', 'name')}`)
  const expected = ['client-side', 'flux', 'server-side'].flatMap((cluster) =>
    ['declared-validator', 'injected-mutator', 'injected-validator', 'widgets.injected.example.com'].map(
      (name) => `${cluster} ${name}`,
    ),
  )
  assert.deepEqual(names.sort(), expected)
})

test('an app whose certificates the injector filled in is Synced without a difference, as its controller says', () => {
  const own = Object.entries(verdicts.apps).filter(([key]) => key.includes('/field-ca-injected'))
  assert.deepEqual(
    own.filter(([, reported]) => !isGood(reported)),
    [],
  )
  assert.deepEqual(toldOf('field-ca-injected'), {
    'argocd/field-ca-injected@client-side': [],
    'argocd/field-ca-injected-ssa@server-side': [],
    'flux/field-ca-injected@flux': [],
  })
})

test('a certificate that Git declares and the injector replaces is drift by the injector, as Argo CD says and Flux does not', () => {
  const told = [
    'OutOfSync live',
    'ValidatingWebhookConfiguration/declared-validator changed /webhooks/0/clientConfig/caBundle drift cert-manager-cainjector',
  ]
  assert.deepEqual(toldOf('field-ca-declared'), {
    'argocd/field-ca-declared@client-side': told,
    'argocd/field-ca-declared-ssa@server-side': told,
    'flux/field-ca-declared@flux': told,
  })
  const says = (key: string) => verdicts.apps[key]?.status
  assert.equal(says('argocd/field-ca-declared@client-side'), 'OutOfSync')
  assert.equal(says('argocd/field-ca-declared-ssa@server-side'), 'OutOfSync')
  assert.equal(says('flux/field-ca-declared@flux'), 'Ready')
})
