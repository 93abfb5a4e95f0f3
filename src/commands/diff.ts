import { randomBytes } from 'node:crypto'
import { DEFAULT_MANAGERS, DEFAULT_MANUAL_MANAGERS } from '../config/default-managers.ts'
import { compareObject } from '../drift/compare-object.ts'
import { builtinSchemas } from '../kubernetes/builtin/table.ts'
import { groupVersion, objectKey } from '../kubernetes/object.ts'
import { schemasFromCrds } from '../kubernetes/openapi/crds.ts'
import { type RedactionKey, redactObject } from '../kubernetes/redaction.ts'
import { combineSchemas, type SchemaIndex } from '../kubernetes/schema/schema-index.ts'
import { printJson } from '../kubernetes/serialization/json.ts'
import type { ComparePolicy } from '../model/apps/policy.ts'
import { type Failure, failureText } from '../model/failure.ts'
import { type KubernetesObject, objectKeyText } from '../model/object.ts'
import { isNoteworthy, type ObjectVerdict } from '../model/verdicts/difference.ts'
import { visibleLines, visibleText } from '../model/visible-text.ts'
import { objectJson } from '../presentation/json/object-json.ts'
import { objectName, objectText } from '../presentation/object-text.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { UsageError } from './cli/usage-error.ts'
import type { OptionsOf } from './command-list.ts'
import { type LiveObjects, pairObjects } from './diff/pair-objects.ts'
import { readObjects, STDIN } from './diff/read-objects.ts'
import { readSchemas } from './diff/read-schemas.ts'
import { externalDiff, runExternalDiff } from './output/external-diff.ts'

/**
 * Compares two sets of objects from files and writes the verdicts. Exit code 2 when anything could not be read
 * or compared, else 1 when anything drifted. Values of Secrets are redacted as they are read.
 * @throws UsageError when both are stdin; CodedError when a path does not exist or a schema cannot be read
 */
export async function run(options: OptionsOf<'diff'>, { out, err, signal }: Terminal): Promise<ExitCode> {
  if (options.desired === STDIN && options.live === STDIN) throw new UsageError('only one side can be read from stdin')
  const key: RedactionKey = randomBytes(32)
  const read = async (path: string) => {
    const objects: KubernetesObject[] = []
    const failures: Failure[] = []
    for await (const found of readObjects(path, signal)) {
      if ('failure' in found) failures.push(found.failure)
      else objects.push(redactObject(found.object, key))
    }
    return { objects, failures }
  }
  const schemas = await readSchemas(options.schema, signal)
  const declared = await read(options.desired)
  const desired = lastOfEach(declared.objects, err)
  if (desired.length === 0 && !options.extra)
    declared.failures.push({ code: 'GDE_SNAPSHOT_READ', message: 'there are no objects in it', file: options.desired })
  const cluster = await read(options.live)
  const live = pairObjects(cluster.objects, cluster.failures[0])
  const verdicts = compareAll(desired, live, {
    schemas: combineSchemas(schemas, schemasFromCrds(live.definitions), builtinSchemas()),
    policy: policyOf(options.manager),
    extra: options.extra,
  })
  const program = options.output === 'text' ? externalDiff(process.env) : undefined
  const collected: ObjectVerdict[] = []
  const print = options.output === 'json' ? printAsJson : program === undefined ? printAsText : collectInto(collected)
  const { states, ownershipUnknownCount } = print(verdicts, out)
  if (program !== undefined) await runExternalDiff(program, collected, signal)
  const failures = [...declared.failures, ...cluster.failures]
  for (const failure of failures) err.write(`${failureText(failure)}\n`)
  if (ownershipUnknownCount > 0)
    err.write(
      `what was added by hand is not judged of ${ownershipUnknownCount === 1 ? 'an object that comes' : `${ownershipUnknownCount} objects that come`} without managedFields\n`,
    )
  if (failures.length > 0 || states.has('unknown')) return EXIT.cannotTell
  return states.has('changed') || states.has('missing') || states.has('extra') ? EXIT.drift : EXIT.noDrift
}

/** Of an object that is declared twice the last declaration counts, as when both are applied one after the other. */
function lastOfEach(objects: readonly KubernetesObject[], err: Terminal['err']): readonly KubernetesObject[] {
  const byKey = new Map<string, KubernetesObject>()
  for (const object of objects) {
    const key = objectKey(object)
    const text = objectKeyText(key)
    if (byKey.delete(text))
      err.write(`${visibleText(objectName(key))} is declared more than once; the last declaration counts\n`)
    byKey.set(text, object)
  }
  return [...byKey.values()]
}

function policyOf(managers: readonly string[]): ComparePolicy {
  return {
    method: 'client-side',
    added: 'drift',
    addedByNobody: 'report',
    operationalMarks: [],
    managers: managers.length > 0 ? managers : DEFAULT_MANAGERS,
    manualManagers: DEFAULT_MANUAL_MANAGERS,
    ignore: [],
    secrets: 'compare',
  }
}

interface Comparing {
  readonly schemas: SchemaIndex
  readonly policy: ComparePolicy
  readonly extra: boolean
}

function* compareAll(
  desired: readonly KubernetesObject[],
  live: LiveObjects,
  { schemas, policy, extra }: Comparing,
): Generator<ObjectVerdict> {
  for (const object of desired) {
    const found = live.take(object)
    if (!found.known) {
      const { version } = groupVersion(object.apiVersion)
      yield { key: objectKey(object), version, state: 'unknown', differences: [], reason: found.reason }
    } else {
      yield compareObject({
        desired: object,
        live: found.live,
        schemas,
        policy,
      })
    }
  }
  if (!extra) return
  for (const object of live.rest()) {
    const { version } = groupVersion(object.apiVersion)
    yield { key: objectKey(object), version, state: 'extra', differences: [] }
  }
}

interface Printed {
  readonly states: ReadonlySet<ObjectVerdict['state']>
  /** Objects without managedFields, whose undeclared fields could not be judged. */
  readonly ownershipUnknownCount: number
}

function printAsJson(verdicts: Iterable<ObjectVerdict>, out: Terminal['out']): Printed {
  out.write(`{"apiVersion":${printJson(API_VERSION)},"objects":[`)
  let separator = '\n'
  const printed = printEach(verdicts, (verdict) => {
    out.write(`${separator}${visibleLines(printJson(objectJson(verdict)))}`)
    separator = ',\n'
  })
  out.write('\n]}\n')
  return printed
}

function printAsText(verdicts: Iterable<ObjectVerdict>, out: Terminal['out']): Printed {
  const color = out.isTTY === true && out.hasColors()
  return printEach(verdicts, (verdict) => {
    if (isNoteworthy(verdict)) out.write(objectText(verdict, { color }))
  })
}

/** For another program to show. */
function collectInto(collected: ObjectVerdict[]): typeof printAsText {
  return (verdicts) => printEach(verdicts, (verdict) => collected.push(verdict))
}

function printEach(verdicts: Iterable<ObjectVerdict>, print: (verdict: ObjectVerdict) => void): Printed {
  const states = new Set<ObjectVerdict['state']>()
  let ownershipUnknownCount = 0
  for (const verdict of verdicts) {
    states.add(verdict.state)
    if (verdict.ownershipUnknown === true) ownershipUnknownCount += 1
    print(verdict)
  }
  return { states, ownershipUnknownCount }
}
