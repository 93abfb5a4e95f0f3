import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { before, test } from 'node:test'
import { type Declaration, declarationsOfSource } from './declarations.ts'
import { sourceFiles } from './imports.ts'

/** Words that only this code ever had. What each was for is called by the word of the field that stands beside it. */
const RETIRED: Readonly<Record<string, readonly string[]>> = {
  'app state, cluster state, index': ['AppUnit', 'createAppUnit', 'ClusterUnit', 'createClusterUnit', 'UnitIndex'],
  'conclusion, conclude': ['Settlement', 'settle'],
  'reporter, report, notify': ['Teller', 'createTeller', 'tellSoon', 'tell', 'told', 'toldAt'],
  aggregate: ['Tally', 'tally'],
  'baseline, resolve baselines': ['inquire', 'Base', 'SavedBase', 'supposeBase'],
  'status history': ['VerdictLife', 'newLife', 'continueLife', 'resumeLife'],
  'pack, unpack': ['HeldObject', 'HeldRendering', 'holdRendering', 'releaseObject'],
  'live state, lookup': ['Sight', 'Outlook', 'outlook'],
  'kind informer, kind usage': ['KindWatch', 'watchKind', 'WatchedKind'],
  'informer, store': [
    ...['keepList', 'keepObjects', 'keepSecrets', 'keepReferences'],
    ...['KeptList', 'KeptObjects', 'KeptReferences', 'KeptReleases'],
  ],
  'register, unregister, tracking index': ['enroll', 'withdraw', 'MarkBook', 'createMarkBook'],
  'event-loop slice': ['createPace', 'Pace', 'breathe', 'createBreather'],
  'semaphore, serial queue, back-off, signal': [
    ...['createGate', 'createLimiter', 'Limiter', 'createSerial', 'Serial', 'createRetry', 'createChanges'],
  ],
  'connection status': ['Contact', 'createContact'],
  'reported status': ['ControllerWord', 'controllerWord'],
  origin: ['Declarer', 'declarer'],
  authorize: ['permittedProject', 'permitSource', 'permitDestination'],
  'source options': ['Recipe', 'recipe', 'ArgoRecipe'],
  'stored release': ['GivenManifest'],
  'encrypt, decrypt, encryption key': ['Enclosed', 'enclose', 'Disclose', 'disclose', 'EnvelopeKey'],
  'redact, redaction key': ['SealingKey', 'sealingKey', 'sealObject', 'seal', 'sealed'],
  'manual managers': ['persons'],
  'text blocks': ['Pages'],
  instruments: ['MeasuredFamily', 'createMeasured'],
  'raw difference, warning': ['Finding', 'findings'],
  measurement: ['Sample'],
  'snapshot, environment, fixture, context': ['World', 'SandboxWorld', 'ArgocdWorld', 'FluxWorld'],
  'parse context': ['Reading', 'Readings', 'complain', 'twins', 'ways'],
  'one word for each of the five': ['Place', 'placeOf', 'placeApp', 'Placement'],
  'repository resolution': ['Plan', 'FetchPlan', 'fetchPlan', 'resourcePlan', 'repositoryPlan'],
  'words that say what is done': ['unheard', 'hurry', 'equip', 'needed', 'oneOf'],
}
const RETIRED_NAMES = new Set(Object.values(RETIRED).flat())
/** Units are abbreviated in every name. */
const RETIRED_ENDING = /_MILLISECONDS$/

const RETIRED_FILES = [
  ...['teller', 'settlement', 'kind-watch', 'watched-kind', 'app-unit', 'cluster-unit', 'supposed-base'],
  ...['verdict-life', 'held-rendering', 'controller-word', 'world', 'seal', 'enclosed', 'given-manifest'],
]
const RETIRED_FILE_PATTERN = /^(keep-.*|recipe.*|finding.*|.*-plan)\.ts$/

/** Keys that others read or write: of the config until the next release, and of JSON output. */
const PUBLIC_KEYS = [
  'config/schema.ts persons',
  'presentation/json/object-json.ts sealed',
  'presentation/json/verdict-json.ts findings',
  'http/api/schema.ts findings',
  'http/api/schema.ts sealed',
  'commands/apps.ts findings',
]

let names: readonly Declaration[]
before(async () => {
  names = (await declarationsOfSource()).names
})

test('a retired word is declared nowhere in src', () => {
  const found = names.filter(isRetired)
  const wrong = found.map(({ file, line, name }) => `src/${file}:${line} ${name}`)
  assert.deepEqual(wrong, [])
})

test('every public key that is exempt is still there', () => {
  const gone = PUBLIC_KEYS.filter((key) => !names.some(({ file, name }) => key === `${file} ${name}`))
  assert.deepEqual(gone, [])
})

test('no file of src has the name of a retired word', async () => {
  const found = (await sourceFiles()).filter((file) => isRetiredFile(basename(file)))
  assert.deepEqual(found, [])
})

function isRetired({ file, name }: Declaration): boolean {
  if (PUBLIC_KEYS.includes(`${file} ${name}`)) return false
  return RETIRED_NAMES.has(name) || RETIRED_ENDING.test(name)
}

function isRetiredFile(name: string): boolean {
  return RETIRED_FILES.includes(name.replace(/\.ts$/, '')) || RETIRED_FILE_PATTERN.test(name)
}
