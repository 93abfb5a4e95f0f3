import { ERRORS } from '../../../model/errors.ts'
import { type Incident, sufferingText } from '../../../presentation/incidents.ts'
import { lengthText } from '../../../presentation/length-text.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { type Html, html } from '../markup/html.ts'
import { filterQuery, NO_FILTER } from './overview-filter.ts'

/** More would hide the apps. */
const CARDS = 30

/** One card a cause. */
export function incidentCards(incidents: readonly Incident[], now: number): Html | undefined {
  if (incidents.length === 0) return undefined
  const more = incidents.length - CARDS
  return html`<h2 id="incidents">${incidents.length === 1 ? '1 incident' : `${incidents.length} incidents`}</h2>
<ul class="cards">
${incidents.slice(0, CARDS).map((incident) => card(incident, now))}</ul>${more > 0 ? html`<p>and ${more} more</p>` : undefined}`
}

function card(incident: Incident, now: number): Html {
  const { id, what, since, failure } = incident
  const length = since === undefined ? '' : ` for ${lengthText(Math.max(0, now - since))}`
  const suffering = sufferingText(incident)
  const link =
    suffering === undefined
      ? undefined
      : html`: <a href="/${filterQuery({ ...NO_FILTER, incident: id })}">${suffering}</a>`
  return html`<li class="card"><p><strong>${what}${length}</strong>${link}</p>
${failure === undefined ? undefined : html`<p>${failureHtml(failure)}</p>\n<p class="quiet">${ERRORS[failure.code].action}</p>\n`}</li>
`
}
