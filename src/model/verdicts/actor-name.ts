import type { Actor } from './difference.ts'

/** `kubectl scale by alice`: the program and, where an audit event names him, the user. */
export function actorName({ user, ...program }: Pick<Actor, 'manager' | 'subresource' | 'user'>): string {
  return user === undefined ? programName(program) : `${programName(program)} by ${user}`
}

/**
 * `kubectl scale`: kubectl's managers are its commands (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management),
 * but for `kubectl scale`, which is known by the subresource that it writes.
 */
export function programName({ manager, subresource }: Pick<Actor, 'manager' | 'subresource'>): string {
  const command = manager === 'kubectl' && subresource === 'scale' ? 'kubectl-scale' : manager
  return command === 'kubectl-client-side-apply' ? 'kubectl apply' : command.replace(/^kubectl-(?=[a-z]+$)/, 'kubectl ')
}
