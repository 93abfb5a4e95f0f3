import { CodedError } from '../../model/failure.ts'

/** What keeps a journal from being read is told; whatever else is thrown is a bug. */
export function journalFailure(thrown: unknown): CodedError {
  if (thrown instanceof CodedError && thrown.failure.code === 'GDE_ABORTED')
    return new CodedError('GDE_TIMEOUT', 'the journal did not answer in time')
  if (thrown instanceof CodedError && thrown.failure.code.startsWith('GDE_JOURNAL_')) return thrown
  throw thrown
}
