import { withoutUserInfo } from '../../model/repository-url.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'

/**
 * Whether one of the globs matches the URL, without user info. `*` matches anything, so a glob that shall end with a host needs a slash
 * behind it: `https://git.example.com*` is `https://git.example.com.evil.org` too.
 */
export function urlMatches(url: string, globs: readonly string[]): boolean {
  const shown = withoutUserInfo(url)
  return globs.some((glob) => gobwasGlob(glob)?.test(shown) === true)
}
