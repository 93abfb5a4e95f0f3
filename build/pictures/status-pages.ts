/** A page of the running service, of which there is to be a picture. */
export interface StatusPage {
  /** Of the file in docs/pictures, without `.png`. */
  readonly name: string
  /** Path and query on the pages' listener. */
  readonly path: string
  readonly scheme: 'light' | 'dark'
}

const CHECKOUT = ['argocd', 'Application', 'control', 'argocd', 'checkout-prod-us', 'prod-us'].join('|')

/** Who makes a new page adds it here and runs `npm run pictures`. */
export const STATUS_PAGES: readonly StatusPage[] = [
  { name: 'status', path: '/', scheme: 'light' },
  { name: 'status-dark', path: '/', scheme: 'dark' },
  { name: 'matrix', path: '/?view=matrix&group=project', scheme: 'light' },
  { name: 'app', path: `/apps/${encodeURIComponent(CHECKOUT)}`, scheme: 'light' },
]
