import { CodedError, type Failure } from '../../model/failure.ts'

/** Why nothing of a cluster is known yet. */
export function notOpen(cluster: string): Failure {
  return new CodedError('GDE_NOT_EVALUATED', `the cluster ${cluster} is not open yet`, { cluster }).failure
}
