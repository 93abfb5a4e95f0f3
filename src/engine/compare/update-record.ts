import type { ObjectVerdict } from '../../model/difference.ts'
import { toFailure } from '../../model/failure.ts'
import { type JudgeInput, type Judgement, judgeObject, stateOnly } from './object-verdict.ts'

/**
 * Judges one object and keeps what is worth keeping of it: nothing beside its state while it is in sync.
 * @param onLate called when the verdict came later, because somebody else had to be asked
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

/** The verdict of now, whole, without keeping anything. */
export async function judgeWhole(input: JudgeInput): Promise<ObjectVerdict | undefined> {
  const judgement = judgeSafely(input)
  if (judgement === 'gone' || judgement === 'pending') return undefined
  return await Promise.resolve(judgement).catch(unknownBy(input))
}
