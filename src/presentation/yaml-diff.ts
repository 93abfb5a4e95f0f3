import { parsePointer } from '../kubernetes/json-pointer.ts'
import { printYaml } from '../kubernetes/serialization/yaml.ts'
import type { Json } from '../model/json.ts'
import type { Difference } from '../model/verdicts/difference.ts'
import { type DiffLine, diffLines, withContext } from './line-diff.ts'

/** As `diff -u` has. */
const CONTEXT = 3

interface Branch {
  difference: Difference | undefined
  readonly children: Map<string, Branch>
}

/**
 * The differences of one object as a unified diff of YAML, from what runs (`-`) to what Git says (`+`), in the way of
 * `kubectl diff`: an apply turns the one into the other. Only what differs is shown, inside the fields that hold it.
 * @param context unchanged lines that are shown around a change inside a long text
 */
export function yamlDiff(differences: readonly Difference[], context = CONTEXT): readonly DiffLine[] {
  const root: Branch = { difference: undefined, children: new Map() }
  for (const difference of differences) {
    let branch = root
    for (const step of stepsOf(difference)) {
      let next = branch.children.get(step)
      if (next === undefined) {
        next = { difference: undefined, children: new Map() }
        branch.children.set(step, next)
      }
      branch = next
    }
    branch.difference = difference
  }
  const whole = root.difference
  if (whole !== undefined) return whole.redacted === true ? [] : valueLines(undefined, whole, 0, context)
  return [...root.children].flatMap(([step, branch]) => branchLines(step, branch, 0, context))
}

function stepsOf({ path, displayPath }: Difference): readonly string[] {
  return displayPath ?? parsePointer(path) ?? []
}

function branchLines(
  step: string,
  { difference, children }: Branch,
  depth: number,
  context: number,
): readonly DiffLine[] {
  const own = difference === undefined ? [] : valueLines(step, difference, depth, context)
  if (children.size === 0) return own
  const inner = [...children].flatMap(([next, branch]) => branchLines(next, branch, depth + 1, context))
  return [...own, { sign: ' ', text: `${'  '.repeat(depth)}${headText(step)}` }, ...inner]
}

/** An item of a list is identified by its keys, a field by its name. */
function headText(step: string): string {
  if (step.startsWith('[')) return `- # ${step.slice(1, -1)}`
  return printYaml({ [step]: 0 }).replace(/ 0\n$/, '')
}

function valueLines(
  step: string | undefined,
  difference: Difference,
  depth: number,
  context: number,
): readonly DiffLine[] {
  const { desired, live, redacted, class: found } = difference
  if (redacted === true) return redactedLines(step ?? '', found, depth)
  return withContext(diffLines(yamlLines(step, live, depth), yamlLines(step, desired, depth)), context)
}

function yamlLines(step: string | undefined, value: Json | undefined, depth: number): readonly string[] {
  if (value === undefined) return []
  const shown: Json = step === undefined ? value : step.startsWith('[') ? [value] : { [step]: value }
  const indent = '  '.repeat(depth)
  return printYaml(shown)
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`))
}

/** As `kubectl diff` masks the values of Secrets. */
function redactedLines(step: string, found: Difference['class'], depth: number): readonly DiffLine[] {
  const head = `${'  '.repeat(depth)}${headText(step)}`
  const before: DiffLine = { sign: '-', text: `${head} '*** (live)'` }
  const after: DiffLine = { sign: '+', text: `${head} '*** (declared)'` }
  switch (found) {
    case 'changed':
      return [before, after]
    case 'missing':
      return [after]
    case 'removed':
    case 'added':
      return [before]
    default:
      return found satisfies never
  }
}
