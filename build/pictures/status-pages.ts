/** A page of the running service, of which there is to be a picture. */
export interface StatusPage {
  /** Of the file in docs/pictures, without `.png`. */
  readonly name: string
  /** Path and query on the pages' listener. */
  readonly path: string
  readonly scheme: 'light' | 'dark'
  /** Pixels; what is below is cut off. All of the page where it is absent. */
  readonly height?: number
}

/** As much as is seen without scrolling, and a little more. */
const FIRST_SCREEN = 1100
const CHECKOUT = ['argocd', 'Application', 'control', 'argocd', 'checkout-prod-us', 'prod-us'].join('|')

/** Who makes a new page adds it here and runs `npm run pictures`. */
export const STATUS_PAGES: readonly StatusPage[] = [
  { name: 'status', path: '/', scheme: 'light', height: FIRST_SCREEN },
  { name: 'status-dark', path: '/', scheme: 'dark', height: FIRST_SCREEN },
  { name: 'matrix', path: '/?view=matrix&group=project', scheme: 'light' },
  { name: 'app', path: `/apps/${encodeURIComponent(CHECKOUT)}`, scheme: 'light' },
]
