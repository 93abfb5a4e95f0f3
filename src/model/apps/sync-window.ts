/** When the controller may sync by itself, or may not: a sync window of Argo CD's AppProject that names the app. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny'
  /** Five fields of cron, in the time zone: when it begins. */
  readonly schedule: string
  /** How long it lasts. */
  readonly milliseconds: number
  /** A name of the IANA database, as the controller understood it. */
  readonly timeZone: string
}
