import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'

/**
 * Whether one of the globs matches the URL without its user info. `*` matches anything, so a glob for a whole host
 * must end it with a slash: `https://git.example.com*` matches `https://git.example.com.evil.org` too.
 */
export function urlMatches(url: string, globs: readonly string[]): boolean {
  const shown = withoutUserInfo(url)
  return globs.some((glob) => gobwasGlob(glob)?.test(shown) === true)
}
