import { createHash } from 'node:crypto'
import { CLIENT_SCRIPT } from '../generated/client-script.ts'
import { Html, type HtmlValue, html } from './html.ts'
import { STYLE } from './style.ts'

export const HTML_TYPE = 'text/html; charset=utf-8'

/** What every page is made with. */
export interface PageContext {
  readonly version: string
  /** Unix seconds. */
  readonly now: number
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Content of clusters and repositories is on these pages: nothing but our own style and script may load or run. */
export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(CLIENT_SCRIPT)}; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

const style = new Html(STYLE)
const script = new Html(CLIENT_SCRIPT)

/** A whole page. `title` comes first in the tab, the product's name after it; `tab` stands there in its place, and `icon` beside it. */
export function page(title: string, version: string, content: HtmlValue, tab = title, icon?: Html): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${tab} · gitops-drift-exporter</title>
${icon}<style>${style}</style>
</head>
<body>
<header><a class="skip" href="#content">Skip to content</a><a href="/">gitops-drift-exporter</a></header>
<main id="content">
<h1>${title}</h1>
${content}
</main>
<footer>gitops-drift-exporter ${version}</footer>
<script>${script}</script>
</body>
</html>
`.toString()
}
