/** The system's word for what went wrong with a file or a socket (`ENOENT`, `ECONNREFUSED`), '' if it has none. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}
