import { Html } from './html.ts'

export type FaviconTone = 'good' | 'bad' | 'unsure'

/** Dark enough for white on them, whatever the browser's theme: an icon cannot know it. */
const COLOURS: Readonly<Record<FaviconTone, string>> = { good: '#116329', bad: '#b1242e', unsure: '#845300' }

/** The icon of a tab: a colour, and how many apps it stands for. */
export function faviconLink(tone: FaviconTone, count: number): Html {
  const text = count === 0 ? '' : count > 99 ? '99+' : String(count)
  const size = text.length > 2 ? 12 : 18
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${COLOURS[tone]}"/><text x="16" y="${16 + Math.round(size * 0.36)}" font-family="sans-serif" font-weight="bold" font-size="${size}" fill="#fff" text-anchor="middle">${text}</text></svg>`
  return new Html(`<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(svg)}">`)
}
