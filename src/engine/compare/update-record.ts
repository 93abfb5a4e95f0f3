import { toFailure } from '../../model/failure.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import { type JudgeInput, type Judgement, judgeObject, stateOnly } from './object-verdict.ts'

/**
 * Compares one object and stores the result in its record: only the state while it is in sync.
 * @param onLate called when the verdict arrives after this function has returned
 */
export function judge(input: JudgeInput, onLate: () => void): void {
  const { record } = input
  const { objects, desired } = input.appState
  const turn = objects.begin(record)
  const judgement = judgeSafely(input)
  if (judgement === 'gone') objects.remove(record)
  else if (judgement === 'pending') objects.await(record, true)
  else if (judgement instanceof Promise) {
    // Until then what was reported before holds.
    objects.await(record, false)
    void judgement.catch(unknownBy(input)).then((verdict) => {
      if (record.turn !== turn) return
      objects.conclude(record, verdict, desired.current?.baseline)
      onLate()
    })
  } else objects.conclude(record, judgement, desired.current?.baseline)
}

/** A bug that one object triggers makes only that object unknown. */
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

/** The current verdict with whole values; the record stays unchanged. */
export async function judgeWhole(input: JudgeInput): Promise<ObjectVerdict | undefined> {
  const judgement = judgeSafely(input)
  if (judgement === 'gone' || judgement === 'pending') return undefined
  return await Promise.resolve(judgement).catch(unknownBy(input))
}
