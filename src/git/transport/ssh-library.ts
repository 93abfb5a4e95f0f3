import ssh2 from 'ssh2'

/**
 * What is used of ssh2. Imported through here, because a bundle gives a CommonJS package that is imported lazily no names of its own, and
 * only where a repository is read over SSH.
 */
export const Client: typeof ssh2.Client = ssh2.Client
export const parseKey: typeof ssh2.utils.parseKey = ssh2.utils.parseKey
