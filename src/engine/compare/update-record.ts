import { isNoteworthy, type ObjectVerdict } from '../../model/difference.ts'
import { toFailure } from '../../model/failure.ts'
import { type JudgeInput, type Judgement, judgeObject, stateOnly } from './object-verdict.ts'
import { limitObject } from './verdict-limits.ts'

/**
 * Judges one object and keeps what is worth keeping of it: nothing beside its state while it is in sync.
 * @param onLate called when the verdict came later, because somebody else had to be asked
 */
export function judge(input: JudgeInput, onLate: () => void): void {
  const { appState, record } = input
  record.turn += 1
  const judgement = judgeSafely(input)
  if (judgement === 'gone') {
    appState.records.delete(record.keyText)
  } else if (judgement === 'pending') {
    record.state = 'pending'
    delete record.verdict
  } else if (judgement instanceof Promise) {
    const { turn } = record
    // Until then what was told before holds.
    record.state = 'pending'
    void judgement.catch(unknownBy(input)).then((verdict) => {
      if (record.turn !== turn) return
      keep(input, verdict)
      onLate()
    })
  } else {
    keep(input, judgement)
  }
}

/** A bug that one object brings out is that object's trouble alone. */
function judgeSafely(input: JudgeInput): Judgement {
  try {
    return judgeObject(input)
  } catch (thrown) {
    return unknownBy(input)(thrown)
  }
}

function unknownBy({ record }: JudgeInput): (thrown: unknown) => ObjectVerdict {
  return (thrown) => stateOnly(record, 'unknown', toFailure(thrown))
}

function keep({ appState, record }: JudgeInput, verdict: ObjectVerdict): void {
  record.state = verdict.state
  record.ownershipUnknown = verdict.ownershipUnknown === true
  delete record.cause
  if (isNoteworthy(verdict)) record.verdict = limitObject(verdict)
  else delete record.verdict
  if ((verdict.state === 'synced' || verdict.state === 'ignored') && appState.desired !== undefined)
    record.baseline = appState.desired.baseline
}

/** The verdict of now, whole, without keeping anything. */
export async function judgeWhole(input: JudgeInput): Promise<ObjectVerdict | undefined> {
  const judgement = judgeSafely(input)
  if (judgement === 'gone' || judgement === 'pending') return undefined
  return await Promise.resolve(judgement).catch(unknownBy(input))
}
