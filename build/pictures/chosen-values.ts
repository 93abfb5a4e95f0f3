/** What the variables of a dashboard are set to in its picture. */
export interface Chosen {
  /** By name; all others are set to everything. */
  readonly values: Readonly<Record<string, string>>
  /** As it is written above the dashboard. */
  readonly texts: readonly string[]
}

/** By the uid of the dashboard. */
export const CHOSEN: Readonly<Record<string, Chosen>> = {
  'gitops-fleet': { values: {}, texts: ['Cluster: All', 'Project: All', 'App: All'] },
  'gitops-app': {
    values: { app: 'checkout-prod-us' },
    texts: ['Cluster: All', 'Project: All', 'App: checkout-prod-us'],
  },
  'gitops-exporter': { values: {}, texts: ['Instance: All', 'Cluster: All'] },
}

/** Of the file in docs/pictures. */
export const pictureOf = (uid: string): string => `${uid.replace('gitops-', 'dashboard-')}.png`
