import type { AppReport } from '../../../model/fleet.ts'
import { type AppCommand, diffCommands, silenceCommand } from '../../../presentation/acting/app-commands.ts'
import type { AppLink } from '../../../presentation/acting/app-links.ts'
import { copyable } from '../markup/copyable.ts'
import { type Html, html } from '../markup/html.ts'

/** Where to go on from here: links, and commands to copy. Nothing here changes anything by itself. */
export function linksNav(links: readonly AppLink[]): Html {
  const here = html`<nav class="links" aria-label="On this page"><a href="#objects">Objects</a> <a href="#commands">Commands</a> <a href="#history">History</a></nav>\n`
  if (links.length === 0) return here
  return html`${here}<nav class="links" aria-label="Elsewhere"><span class="quiet">Elsewhere</span> ${links.map(({ name, url }) => html`<a href="${url}">${name}</a> `)}</nav>\n`
}

export function actingSection({ summary, verdict }: AppReport): Html {
  const isJudged = verdict.outcome.status !== 'Unknown'
  const silence = silenceCommand(summary)
  return html`<h2 id="commands">Commands</h2>
<details${verdict.outcome.status === 'OutOfSync' ? html` open` : undefined}><summary>${isJudged ? 'See the difference elsewhere' : 'See it elsewhere'}</summary>
<dl class="commands">
${diffCommands(summary).map(commandRow)}</dl></details>
<details><summary>Silence its alerts for two hours</summary>
<dl class="commands">
${commandRow(silence)}</dl></details>
`
}

function commandRow({ name, text, needs }: AppCommand): Html {
  return html`<dt>${name}</dt><dd>${copyable(text, `the command of ${name}`)}${needs === undefined ? undefined : html`<span class="quiet">Needs ${needs}.</span>`}</dd>
`
}
