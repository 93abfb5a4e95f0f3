import { html } from './html.ts'
import { page } from './layout.ts'

/** What a person sees who opens the metrics' address in a browser. */
export function landingPage(version: string): string {
  return page(
    'Metrics',
    version,
    html`<ul>
<li><a href="/metrics">/metrics</a>: what Prometheus scrapes</li>
<li><a href="/livez">/livez</a>: whether the process answers</li>
<li><a href="/readyz?verbose">/readyz</a>: whether the first pass is done</li>
</ul>
<p>The status page has an address of its own, <code>pages</code> in the config.</p>`,
  )
}
