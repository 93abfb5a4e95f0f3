import type { AccessReviews, AccessSettings, ReadArgocdPolicies } from '../model/access.ts'
import type { LinkTemplate } from '../model/apps/links.ts'
import type { Failure } from '../model/failure.ts'
import type { Fleet } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { SearchJournal } from '../model/journal/search.ts'
import type { ReadTimeline } from '../model/journal/timeline.ts'
import type { Log } from '../model/log.ts'
import type { ListenAddress } from '../model/settings.ts'
import type { ShownShard } from '../model/shard.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import type { AuditWebhookOptions } from './audit/audit-webhook.ts'
import type { WebhookOptions } from './webhooks/webhook-options.ts'

/** What the listeners need of the metrics. */
export interface Exposition {
  scrape(request: { readonly accept: string | undefined; readonly acceptEncoding: string | undefined }): Promise<{
    readonly contentType: string
    readonly contentEncoding: 'gzip' | undefined
    readonly length: number
    readonly chunks: readonly Uint8Array[]
  }>
  /** Whether the results of the first pass can be scraped. */
  readonly ready: boolean
  /** Whether a web config, which was read again, can be used; told when that changes. @param at Unix seconds */
  configLoaded(read: { readonly part: string; readonly successful: boolean; readonly at: number }): void
  requestServed(request: { readonly route: string; readonly code: number; readonly seconds: number }): void
}

export interface RefusedConfig {
  readonly failure: Failure
  readonly at: number
}

export interface HttpOptions {
  readonly fleet: Fleet
  readonly metrics: Exposition
  /** All objects of an app, the synced ones too. */
  readonly objects: (app: AppId) => Promise<readonly ObjectVerdict[]>
  /** A step of a search in the journal. @throws CodedError where it cannot be read now */
  readonly episodes: SearchJournal
  /** The same by slices of time. @throws CodedError where it cannot be read now */
  readonly timeline: ReadTimeline
  readonly listen: { readonly metrics: ListenAddress; readonly pages: ListenAddress }
  /** Where API servers send audit events, and who takes them in; absent: nowhere. */
  readonly audit?: Pick<AuditWebhookOptions, 'sources' | 'receive'>
  /** Why the config that is in the file was refused, and when, Unix seconds; undefined while it is in use. */
  readonly refusedConfig?: () => RefusedConfig | undefined
  /** Who may see what on the listener of the pages, and who says whose a token is; absent: everybody sees everything. */
  readonly access?: {
    readonly settings: AccessSettings
    readonly reviews?: AccessReviews
    readonly argocdPolicies?: ReadArgocdPolicies
    readonly clientSecret?: () => Promise<string>
    readonly sessionKey?: string
  }
  /** Where people reach the pages: the name by which a proxy asks. */
  readonly externalUrl?: () => string | undefined
  /** What the pages of apps link to, by the config. */
  readonly links?: () => readonly LinkTemplate[]
  /** Where Git servers send push events; absent: nowhere. */
  readonly webhooks?: WebhookOptions & { readonly listen: ListenAddress }
  /** Reads the config again, and says why it was refused, if it was; absent: whoever asks for that on `/-/reload` is refused. */
  readonly reload?: () => Promise<Failure | undefined>
  /** Which of several exporters this is; absent where there is one. */
  readonly shard?: ShownShard
  readonly version: string
  readonly log: Log
  /** Unix seconds. */
  readonly now: () => number
  /** After this many seconds `/readyz` no longer waits for the first pass. */
  readonly firstPassTimeoutSeconds: number
}

export interface HttpService {
  /** `http://host:port`, or `https:` by the web config, with the port that is really listened on. */
  readonly metricsUrl: string
  readonly pagesUrl: string
  readonly webhooksUrl?: string
  /** Reports not ready, takes no new connections, and gives running responses a few seconds to end. */
  close(): Promise<void>
}
