import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Fleet } from '../../../model/fleet.ts'
import type { Viewer } from '../../access/viewer.ts'
import { visibleFleet } from '../../access/visible-fleet.ts'
import { type HistorySources, loadFleetHistory } from '../../episodes/load-timeline.ts'
import { HTML_TYPE } from '../markup/layout.ts'
import { chosenOf, parseTimelineFilter } from './timeline-filter.ts'
import { timelinePage } from './timeline-page.ts'

/** Of a timeline: a quarter of an hour of a day, eight hours of a month. */
const SLICES = 96

export interface TimelineOptions extends HistorySources {
  readonly fleet: Fleet
  readonly version: string
  readonly viewerOf: (request: FastifyRequest) => Viewer
  /** Unix seconds. */
  readonly now: () => number
}

/** `/timeline`: what happened in the fleet. */
export function addTimeline(app: FastifyInstance, options: TimelineOptions): void {
  const { fleet, version, viewerOf } = options
  app.get<{ Querystring: Record<string, unknown> }>('/timeline', async (request, reply) => {
    const viewer = viewerOf(request)
    const seen = visibleFleet(fleet, viewer)
    const filter = parseTimelineFilter(request.query)
    const now = options.now()
    const from = now - filter.days * 86_400
    const { after } = filter
    const question = { ...chosenOf(filter), from, until: now, slices: SLICES, ...(after !== undefined && { after }) }
    const history = await loadFleetHistory(options, question, { viewer, seen })
    const context = { version, now, from, seesValues: viewer.seesValues }
    return reply.type(HTML_TYPE).send(timelinePage(seen, history, filter, context))
  })
}
