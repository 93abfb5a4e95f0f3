import { CodedError } from '../../model/failure.ts'

export const DEFAULT_GITHUB_API = 'https://api.github.com'

/**
 * The URL of GitHub's API as a Secret gives it: as it is used, without a slash at its end.
 * @throws CodedError `GDE_NOT_PERMITTED` when it is none, or holds a password
 */
export function githubApiUrl(text: string): string {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new CodedError('GDE_NOT_PERMITTED', 'the URL of the API of a GitHub App is no https URL')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
