/**
 * What is used of isomorphic-git on the wire. Imported through here, because a bundle gives a CommonJS package that is imported
 * lazily no names of its own.
 */
export { listServerRefs } from 'isomorphic-git'
