import { printJson } from '../kubernetes/serialization/json.ts'
import type { Json } from '../model/json.ts'
import { programName } from '../model/verdicts/actor-name.ts'
import type { Actor, Difference, Unattributed } from '../model/verdicts/difference.ts'

/** Longer values are cut here; the YAML diff shows them whole. */
const MAX_VALUE = 80

/**
 * `spec.containers[name=web].image`, `metadata.labels["app.kubernetes.io/name"]`; the pointer where there is no display
 * path.
 */
export function displayPathText({ path, displayPath }: Pick<Difference, 'path' | 'displayPath'>): string {
  if (path === '') return '(whole object)'
  if (displayPath === undefined) return path
  return displayPath.map((step, index) => stepText(step, index === 0)).join('')
}

function stepText(step: string, isFirst: boolean): string {
  if (step.startsWith('[')) return step
  if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step)}]`
  return isFirst ? step : `.${step}`
}

/** One difference on one line: where, what Git says, what runs, who wrote it and when. */
export function differenceText(difference: Difference): string {
  const { class: found, effect, actor } = difference
  const note = effect === 'report' ? ' (reported only)' : ''
  const who = actor === undefined ? reasonText(difference) : `, by ${actorText(actor)}`
  return `${found} ${displayPathText(difference)}: ${valuesText(difference)}${who}${note}`
}

function reasonText({ unattributed }: Difference): string {
  return unattributed === undefined ? '' : `, ${UNATTRIBUTED[unattributed]}`
}

/** Why nobody is named, to whoever looks for the writer. */
export const UNATTRIBUTED: Readonly<Record<Unattributed, string>> = {
  nobody: 'nobody is recorded (admission)',
  forgotten: 'not recorded any more',
  untracked: 'writes to this object are not recorded: it has no managedFields',
}

/** Why values are not shown, to whoever looks for them. */
export function withheldReason(difference: Difference): string {
  return difference.withheld === true
    ? 'the object does not carry the mark of this app, and showValues does not allow it'
    : 'they are those of a Secret, or made with them'
}

function valuesText(difference: Difference): string {
  const { path, desired, live, redacted, withheld } = difference
  if (path === '') return 'declared, not there'
  if (redacted === true)
    return withheld === true ? `differs (live value withheld: ${withheldReason(difference)})` : 'differs'
  const declared = desired === undefined ? 'not declared' : `declared ${valueText(desired)}`
  return `${declared}, ${live === undefined ? 'not there' : `live ${valueText(live)}`}`
}

function valueText(value: Json): string {
  const text = printJson(value)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}

/** `kubectl edit at 2026-11-22T17:35:40Z`, with the user where an audit event names him, and what it wrote through where its name does not say so. */
function actorText({ time, user, manager, subresource }: Actor): string {
  const program = programName({ manager, ...(subresource !== undefined && { subresource }) })
  const through = subresource === undefined || program.endsWith(` ${subresource}`) ? '' : ` (${subresource})`
  const when = time === undefined ? '' : ` at ${time}`
  return `${user === undefined ? '' : `${user} with `}${program}${through}${when}`
}
