import { appPath } from '../markup/app-path.ts'
import { DEFAULT_DAYS, type HistoryDays, parseDays } from '../markup/history-words.ts'

export const SHOWN_OBJECTS = ['differing', 'all'] as const
/** `side`: declared beside live. `unified`: what an apply would change, as `kubectl diff` has it. */
export const DIFF_VIEWS = ['side', 'unified'] as const

/** What the page of an app shows; all of it stands in the URL. */
export interface AppQuery {
  readonly days: HistoryDays
  /** Words that kind, namespace and name of an object, or a path in it, have to hold; '' for any. */
  readonly q: string
  readonly show: (typeof SHOWN_OBJECTS)[number]
  readonly view: (typeof DIFF_VIEWS)[number]
  /** Of the objects, from 1. */
  readonly page: number
  /** The anchor of an object, whose page is shown; '' for none. */
  readonly object: string
}

export const PLAIN_APP_QUERY: AppQuery = {
  days: DEFAULT_DAYS,
  q: '',
  show: 'differing',
  view: 'side',
  page: 1,
  object: '',
}

const MOST_CHARACTERS = 256

/** Reads a query string; what makes no sense is the usual. */
export function parseAppQuery(query: Readonly<Record<string, unknown>>): AppQuery {
  const text = (key: string): string => {
    const value = query[key]
    return typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : ''
  }
  const page = Number(text('page'))
  return {
    days: parseDays(text('days')),
    q: text('q').trim(),
    show: SHOWN_OBJECTS.find((one) => one === text('show')) ?? PLAIN_APP_QUERY.show,
    view: DIFF_VIEWS.find((one) => one === text('view')) ?? PLAIN_APP_QUERY.view,
    page: Number.isInteger(page) && page > 1 && page < 1_000_000 ? page : 1,
    object: text('object'),
  }
}

/** The query string that `parseAppQuery` reads back; '' for the usual. */
export function appQueryText(query: AppQuery): string {
  const usual: Readonly<Record<string, unknown>> = { ...PLAIN_APP_QUERY }
  const text = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== usual[key]) text.set(key, String(value))
  return text.size === 0 ? '' : `?${text}`
}

/** @param anchor of the page, '' for its top */
export function appHref(id: string, query: AppQuery, anchor: string): string {
  return `${appPath(id)}${appQueryText(query)}${anchor === '' ? '' : `#${anchor}`}`
}
