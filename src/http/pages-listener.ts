import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pause } from '../concurrency/pause.ts'
import { toFailure } from '../model/failure.ts'
import type { AppReport } from '../model/fleet.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import { appLinks } from '../presentation/acting/app-links.ts'
import { createAccessControl } from './access/access-control.ts'
import type { ArgocdRights } from './access/argocd/argocd-rights.ts'
import { checkHost } from './access/host-check.ts'
import type { SignIn } from './access/sign-in.ts'
import { anybody, type Viewer } from './access/viewer.ts'
import { visibleFleet } from './access/visible-fleet.ts'
import { addApi } from './api/api-routes.ts'
import { addAuditWebhook } from './audit/audit-webhook.ts'
import { loadHistory } from './episodes/load-history.ts'
import { createWriterNames } from './episodes/writer-names.ts'
import { addEvents } from './events/event-routes.ts'
import { createListener } from './listener.ts'
import { isLoopbackAddress, isLoopbackHost } from './loopback.ts'
import { appPage } from './pages/app/app-page.ts'
import { parseAppQuery } from './pages/app/app-query.ts'
import { html } from './pages/markup/html.ts'
import { HTML_TYPE, PAGE_HEADERS, page } from './pages/markup/layout.ts'
import { parseFilter } from './pages/overview/overview-filter.ts'
import { overviewPage } from './pages/overview/overview-page.ts'
import { addTimeline } from './pages/timeline/timeline-route.ts'
import type { HttpOptions } from './ports.ts'
import { compressAnswers } from './web/compress-answers.ts'
import type { WebAccess } from './web/web-access.ts'

/** How long a page waits for all objects of an app before it shows those that the verdict carries. */
const OBJECTS_TIMEOUT_MS = 5_000

/** The status page: `/` for everything, `/timeline` for what happened, `/apps/<id>` for one app; and for programs `/api/v1`. */
export function createPagesListener(
  options: HttpOptions,
  web: WebAccess | undefined,
  { signIn, argocd }: { readonly signIn: SignIn | undefined; readonly argocd: ArgocdRights | undefined },
): FastifyInstance {
  const { fleet, metrics, log, version, now, listen } = options
  /** Looked up by untrusted text of the URL. */
  const byId: ReadonlyMap<string, AppReport> = fleet.apps
  const writers = createWriterNames(options.episodes, log)
  const local = isLoopbackAddress(listen.pages.address)
  const app = createListener({
    metrics,
    log,
    headers: PAGE_HEADERS,
    web,
    errorBody: (code, message) => ({ contentType: HTML_TYPE, body: errorPage(code, message) }),
  })

  function errorPage(code: number, message: string): string {
    return page(String(code), version, html`<p>${message}</p>\n<p><a href="/">All apps</a></p>`)
  }

  async function loadObjects(report: AppReport): Promise<readonly ObjectVerdict[]> {
    return writers.nameObjects(report, await loadAllObjects(report))
  }

  async function loadAllObjects({ summary, verdict }: AppReport): Promise<readonly ObjectVerdict[]> {
    const timeout = new AbortController()
    try {
      const fallback = pause(OBJECTS_TIMEOUT_MS, timeout.signal).then(() => verdict.objects)
      return await Promise.race([options.objects(summary.id), fallback])
    } catch (error) {
      const message = 'cannot load all objects of an app; its page shows those of the verdict'
      log('warn', message, { ...toFailure(error), app: summary.id })
      return verdict.objects
    } finally {
      timeout.abort()
    }
  }

  if (local) checkHost(app, () => options.externalUrl?.())
  const control =
    options.access &&
    createAccessControl({
      ...{ fleet, log },
      settings: options.access.settings,
      reviews: options.access.reviews,
      ...(signIn !== undefined && { signIn }),
      ...(argocd !== undefined && { argocd }),
      clientNames: async ({ socket }) => (await web?.clientNames(socket)) ?? [],
      now: () => performance.now(),
    })
  control?.guard(app)
  compressAnswers(app)
  const viewerOf = (request: FastifyRequest): Viewer =>
    control?.viewerOf(request) ?? anybody(local && isLoopbackHost(request.headers.host))
  const { episodes, refusedConfig } = options
  addApi(app, {
    ...{ fleet, version, log, loadObjects, episodes, viewerOf, shard: options.shard },
    ...(refusedConfig !== undefined && { refusedConfig }),
  })
  addEvents(app, { fleet, viewerOf })
  addTimeline(app, { fleet, version, viewerOf, now, episodes, timeline: options.timeline })
  if (options.audit !== undefined) addAuditWebhook(app, { ...options.audit, log })
  app.get<{ Querystring: Record<string, unknown> }>('/', async (request, reply) => {
    const viewer = viewerOf(request)
    const seen = visibleFleet(fleet, viewer)
    return reply.type(HTML_TYPE).send(
      await overviewPage(seen, parseFilter(request.query), {
        version,
        now: now(),
        showValues: seen.apps.values().every(({ summary }) => viewer.seesValues(summary)),
        refusedConfig: viewer.seesEverything ? refusedConfig?.() : undefined,
        shard: options.shard,
        nameWriters: writers.name,
      }),
    )
  })

  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>('/apps/:id', async (request, reply) => {
    const report = byId.get(request.params.id)
    const viewer = viewerOf(request)
    if (report === undefined || !viewer.sees(report.summary))
      return reply.code(404).type(HTML_TYPE).send(errorPage(404, 'There is no such app, or not any more.'))
    const showValues = viewer.seesValues(report.summary)
    const query = parseAppQuery(request.query)
    const asked = { days: query.days, viewer, now: now() }
    const links = appLinks(report, options.links?.() ?? [])
    const [objects, history, [named = report]] = await Promise.all([
      loadObjects(report),
      loadHistory(episodes, report, asked),
      writers.name([report]),
    ])
    return reply
      .type(HTML_TYPE)
      .send(appPage({ report: named, objects, query, links, showValues, history }, { version, now: now() }))
  })
  return app
}
