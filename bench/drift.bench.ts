import { type CompareInput, compareObject } from '../src/drift/compare-object.ts'
import { builtinSchemas } from '../src/kubernetes/builtin/table.ts'
import { printJson } from '../src/kubernetes/serialization/json.ts'
import type { KubernetesObject } from '../src/model/object.ts'
import { type AccuracyCase, accuracySchemas, readAccuracyCases } from '../test/drift/accuracy-cases.ts'
import { policyOf } from '../test/drift/judge-case.ts'
import { buildGitopsEngine, gitopsEngineSpeed } from './gitops-engine/run.ts'
import { type BenchResult, type BenchRow, median } from './result.ts'

const ROUNDS = 15
const PROMISED_RATIO = 100

/** Comparing objects that are parsed: against Argo CD's library, against parsing them, and as they grow. */
export async function run(): Promise<readonly BenchResult[]> {
  const cases = readAccuracyCases().filter(({ live }) => live !== undefined)
  const inputs = inputsOf(cases)
  return [await againstGitopsEngine(cases, inputs), againstParsing(cases), configMaps(), keyedLists()]
}

function inputsOf(cases: readonly AccuracyCase[]): readonly CompareInput[] {
  const schemas = accuracySchemas()
  const policies = new Map(cases.map(({ manager }) => [manager, policyOf(manager)]))
  return cases.map(({ app, manager, desired, live }) => ({
    desired,
    live,
    schemas: schemas(app),
    policy: policies.get(manager) ?? policyOf(manager),
  }))
}

function compareAll(inputs: readonly CompareInput[]): void {
  for (const input of inputs) compareObject(input)
}

function parseAll(texts: readonly string[]): void {
  for (const text of texts) JSON.parse(text)
}

/** Milliseconds of one round, the median of several after two that warm up. */
function time(action: () => void, rounds = ROUNDS): number {
  const times: number[] = []
  for (let round = -2; round < rounds; round++) {
    const start = performance.now()
    action()
    if (round >= 0) times.push(performance.now() - start)
  }
  return median(times)
}

async function againstGitopsEngine(
  cases: readonly AccuracyCase[],
  inputs: readonly CompareInput[],
): Promise<BenchResult> {
  buildGitopsEngine()
  const lines = cases.map(({ desired, live }) => `{"desired":${printJson(desired)},"live":${printJson(live ?? null)}}`)
  const theirs: number[] = []
  const ours: number[] = []
  // In turns, so that whatever else the machine does touches both.
  for (let turn = 0; turn < 3; turn++) {
    theirs.push(await gitopsEngineSpeed(lines, 4))
    ours.push((1000 * inputs.length) / time(() => compareAll(inputs), 5))
  }
  const ratio = median(ours) / median(theirs)
  return {
    name: 'comparing pairs of objects on one thread',
    unit: 'pairs/s',
    rows: [
      { label: 'this project', values: { speed: median(ours) }, better: 'more' },
      { label: "gitops-engine's pkg/diff (Argo CD)", values: { speed: median(theirs) }, better: 'more' },
    ],
    ratio: { label: 'times as many pairs', value: ratio },
    target: { text: `at least ${PROMISED_RATIO} times as many`, met: ratio >= PROMISED_RATIO },
    note: `${inputs.length} pairs of a real API server, a third of them clean; objects parsed before, one processor each`,
  }
}

/** Pairs that stay in the processor's caches together, as an object is when it is compared right after it was read. */
const BATCH = 100

function againstParsing(cases: readonly AccuracyCase[]): BenchResult {
  const isClean = ({ group }: AccuracyCase) => group === 'clean'
  const groups = [
    ...parsingRows('in sync', cases.filter(isClean)),
    ...parsingRows(
      'mutated',
      cases.filter((one) => !isClean(one)),
    ),
    parsingRow('all', cases),
  ]
  // Some mutations are no difference (respelled values, what controllers write): the worst is among those that are.
  const different = cases.filter(({ expected }) => expected.class !== 'none')
  const rows = [...groups, ...parsingRows('of the mutated, those that differ', different)]
  const met = groups.every(({ values }) => (values.compare ?? 0) < (values['JSON.parse live'] ?? 0))
  return {
    name: 'comparing an object against parsing it',
    unit: 'µs',
    rows,
    target: {
      text: 'in each group, in sync, mutated and all, comparing costs less than JSON.parse of the live object',
      met,
    },
    note:
      `${cases.length} pairs of a real API server, in batches of ${BATCH} as after reading them; "far away": all of a group in ` +
      'turn, so that each object has to be fetched from memory, which the text that is parsed has not. Where a client-side applied ' +
      'object differs, its last-applied annotation, a third of the live text, is parsed too, to tell which side moved',
  }
}

function parsingRows(label: string, cases: readonly AccuracyCase[]): readonly BenchRow[] {
  return [
    parsingRow(`${label}, server-side applied`, cases.filter(isServerSide)),
    parsingRow(
      `${label}, client-side applied`,
      cases.filter((one) => !isServerSide(one)),
    ),
  ]
}

function isServerSide({ manner }: AccuracyCase): boolean {
  return manner === 'ssa'
}

/** Microseconds an object. Each batch is compared and parsed in turn, so that whatever else the machine does touches both. */
function parsingRow(label: string, cases: readonly AccuracyCase[]): BenchRow {
  const inputs = inputsOf(cases)
  const micros = (milliseconds: number) => (1000 * milliseconds) / cases.length
  const farAway = time(() => compareAll(inputs))
  let [compare, live, desired] = [0, 0, 0]
  for (let start = 0; start < cases.length; start += BATCH) {
    const end = start + BATCH
    const batch = inputs.slice(start, end)
    const liveTexts = cases.slice(start, end).map((one) => JSON.stringify(one.live))
    const desiredTexts = cases.slice(start, end).map((one) => JSON.stringify(one.desired))
    compare += time(() => compareAll(batch))
    live += time(() => parseAll(liveTexts))
    desired += time(() => parseAll(desiredTexts))
  }
  return {
    label,
    values: {
      compare: micros(compare),
      'compare far away': micros(farAway),
      'JSON.parse live': micros(live),
      'JSON.parse both': micros(live + desired),
    },
  }
}

/** Above some 1,000 keys V8 keeps objects as hash tables: sizes on one side of that, since parsing jumps there too. */
const SIZES = [1250, 2500, 5000, 10_000]

function configMaps(): BenchResult {
  const object = (size: number, changed: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'large' },
    data: Object.fromEntries(
      Array.from({ length: size }, (_, index) => [`key-${index}`, index === 7 ? changed : `value ${index}`]),
    ),
  })
  return curve('ConfigMaps by number of keys, one of them changed', SIZES, (size) => [
    object(size, 'a'),
    object(size, 'b'),
  ])
}

function keyedLists(): BenchResult {
  const object = (names: readonly number[]): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'large' },
    template: {
      spec: { containers: [{ name: 'main', env: names.map((name) => ({ name: `NAME_${name}`, value: 'x' })) }] },
    },
  })
  const numbers = (size: number) => Array.from({ length: size }, (_, index) => index)
  return curve('keyed lists by number of items, the first one gone', [500, 1500, 5000], (size) => [
    object(numbers(size)),
    object(numbers(size).slice(1)),
  ])
}

function curve(
  name: string,
  sizes: readonly number[],
  make: (size: number) => readonly [KubernetesObject, KubernetesObject],
): BenchResult {
  const rows = sizes.map((size) => {
    const [desired, live] = make(size)
    const input: CompareInput = { desired, live, schemas: builtinSchemas(), policy: policyOf('kustomize-controller') }
    const repeats = Math.ceil((sizes.at(-1) ?? size) / size) * 5
    const milliseconds = time(() => {
      for (let repeat = 0; repeat < repeats; repeat++) compareObject(input)
    })
    return { label: String(size), values: { 'per item': (1_000_000 * milliseconds) / repeats / size } }
  })
  const each = rows.map(({ values }) => values['per item'])
  const growth = (each.at(-1) ?? 0) / (each[0] ?? 1)
  return {
    name,
    unit: 'ns',
    rows,
    ratio: { label: 'an item of the largest against one of the smallest', value: growth, better: 'less' },
    target: { text: 'linear: no item costs more than three times as much', met: growth < 3 },
  }
}
