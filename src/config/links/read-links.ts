import { LABEL_PLACEHOLDER, LINK_PLACEHOLDERS, type LinkTemplate, placeholdersOf } from '../../model/apps/links.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import type { ParseContext } from '../parse-context.ts'
import type { ConfigFile } from '../schema.ts'

export function readLinks(links: ConfigFile['links'], context: ParseContext): readonly LinkTemplate[] {
  return (links ?? []).map(({ name, url, controllers, repositories }, index) => {
    const issue = urlIssue(url)
    if (issue !== undefined) context.reportIssue(`/links/${index}/url`, issue)
    return {
      name,
      url,
      ...(controllers !== undefined && { controllers }),
      ...(repositories !== undefined && { repositories }),
    }
  })
}

/** Names come from repositories and clusters: what stands in a link must not decide which server it leads to. */
function urlIssue(url: string): string | undefined {
  for (const name of placeholdersOf(url)) {
    if (Object.hasOwn(LINK_PLACEHOLDERS, name)) continue
    if (name.startsWith(LABEL_PLACEHOLDER) && name.length > LABEL_PLACEHOLDER.length) continue
    const known = Object.keys(LINK_PLACEHOLDERS)
    return `there is no placeholder {${name}}${didYouMean(name, known)}; there are ${known.map((one) => `{${one}}`).join(', ')} and {label:KEY}`
  }
  const example = url.replaceAll(/\{[^{}]*\}/g, 'x')
  if (/[{}]/.test(example)) return 'a brace belongs to no placeholder: write %7B and %7D'
  if (!/^https?:\/\//i.test(url)) return 'must be an http or https URL'
  if (!/^[a-z]+:\/\/[^/?#{}\\]+(?:[/?#]|$)/i.test(url)) return 'placeholders stand behind the host'
  const parsed = URL.parse(example)
  if (parsed === null) return 'must be an http or https URL'
  return parsed.username === '' && parsed.password === '' ? undefined : 'must not hold a user name or password'
}
