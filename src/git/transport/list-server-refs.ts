import { Errors } from 'isomorphic-git'

/**
 * What is used of isomorphic-git on the wire. Imported through here, because a bundle gives a CommonJS package that is imported
 * lazily no names of its own.
 */
export { listServerRefs } from 'isomorphic-git'

/** Whether isomorphic-git says that the server is wrong, as opposed to failing itself. */
export function isRefusedAnswer(error: unknown): boolean {
  return Object.values(Errors).some((kind) => typeof kind === 'function' && error instanceof kind)
}
