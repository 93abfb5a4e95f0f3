import { isRepositoryPattern, sameRepositoryKey, withoutUserInfo } from '../../model/repository-url.ts'
import type { RepositorySettings } from '../../model/settings.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'

/** What `repositories` of the config file says of a URL: the entry for just this one, else that of the longest pattern that matches. */
export function configuredRepository(
  url: string,
  repositories: readonly RepositorySettings[],
): RepositorySettings | undefined {
  const key = sameRepositoryKey(withoutUserInfo(url))
  const exact = repositories.find((entry) => !isRepositoryPattern(entry.url) && sameRepositoryKey(entry.url) === key)
  if (exact !== undefined) return exact
  return repositories
    .filter((entry) => isRepositoryPattern(entry.url) && gobwasGlob(entry.url)?.test(key) === true)
    .toSorted((one, other) => other.url.length - one.url.length)[0]
}
