/** Where the page of one app is. */
export function appPath(id: string): string {
  // Half of a surrogate pair has no encoding: the page of such an app cannot be linked, and the others still can.
  return `/apps/${encodeURIComponent(id.toWellFormed())}`
}
