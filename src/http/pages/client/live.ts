import { morph } from './morph.ts'

/** What comes together is one update, and a page is not made again and again. */
const DEBOUNCE_MS = 400
const LEAST_PAUSE_MS = 3_000
/** So that "2 min ago" is not there for an hour. */
const MOST_PAUSE_MS = 60_000
/** A connection that was refused is tried again. */
const RETRY_MS = 30_000
const TIMEOUT_MS = 20_000

const EVENTS = ['app', 'appGone', 'cluster', 'repository', 'problems', 'reload']

/**
 * Keeps a page as it is now, where something has `data-live`, the address of the events: whatever changes, the page is asked for again and
 * what differs is put in its place; with `data-live-app` only what happens to that app counts. A tab that nobody sees has no connection.
 * @param enhance what a new part of a page is given by scripts, before it is shown
 */
export function followEvents(enhance: (root: ParentNode) => void): void {
  const place = document.querySelector<HTMLElement>('[data-live]')
  const address = place?.dataset.live
  if (place === null || address === undefined) return
  const note = createNote(place)
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let updatedAt = performance.now()
  let pause = LEAST_PAUSE_MS
  let isUpdating = false
  /** Something happened while the page was on its way. */
  let isStale = false

  function updateIn(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void update(), ms)
  }

  function concerns({ type, data }: MessageEvent<string>): boolean {
    const app = place?.dataset.liveApp
    if (app === undefined || type === 'reload') return true
    const { id }: { readonly id?: unknown } = JSON.parse(data)
    return id === app
  }

  function changed(): void {
    if (!isUpdating) updateIn(Math.max(DEBOUNCE_MS, updatedAt + pause - performance.now()))
    else isStale = true
  }

  async function update(): Promise<void> {
    if (document.hidden) return
    const started = performance.now()
    isUpdating = true
    isStale = false
    const outcome = await loadPage()
    isUpdating = false
    updatedAt = performance.now()
    // A page that takes long to make is made less often.
    pause = Math.max(LEAST_PAUSE_MS, 5 * (updatedAt - started))
    if (outcome === 'signed-out') {
      disconnect()
      note.say('Not live: your session is over. Reload the page to sign in again.')
      return
    }
    if (outcome !== 'failed') show(outcome)
    updateIn(isStale ? pause : MOST_PAUSE_MS)
  }

  function show(latest: Document): void {
    const [main, newMain] = [document.querySelector('main'), latest.querySelector('main')]
    if (main === null || newMain === null) return
    enhance(newMain)
    // The note is of this script.
    newMain.querySelector('[data-live]')?.append(' ', note.element.cloneNode(true))
    morph(main, newMain)
    document.title = latest.title
    const [icon, newIcon] = [document, latest].map((one) => one.querySelector<HTMLLinkElement>('link[rel=icon]'))
    if (icon && newIcon && icon.href !== newIcon.href) icon.replaceWith(newIcon)
  }

  function connect(): void {
    if (source !== undefined || document.hidden) return
    const latest = new EventSource(address ?? '')
    source = latest
    latest.addEventListener('open', () => note.live())
    for (const event of EVENTS)
      latest.addEventListener(event, (message: MessageEvent<string>) => {
        if (concerns(message)) changed()
      })
    latest.addEventListener('error', () => {
      note.lost()
      // Otherwise the browser tries again by itself.
      if (latest.readyState !== EventSource.CLOSED) return
      source = undefined
      updateIn(0)
      setTimeout(connect, RETRY_MS)
    })
  }

  function disconnect(): void {
    source?.close()
    source = undefined
    clearTimeout(timer)
  }

  document.addEventListener('visibilitychange', () => {
    disconnect()
    if (document.hidden) return
    connect()
    updateIn(0)
  })
  connect()
  updateIn(MOST_PAUSE_MS)
}

/** The same page anew. */
async function loadPage(): Promise<Document | 'signed-out' | 'failed'> {
  try {
    const answer = await fetch(location.href, {
      headers: { accept: 'text/html' },
      // Who has to sign in again is sent elsewhere, where a script cannot follow.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (answer.type === 'opaqueredirect' || answer.status === 401) return 'signed-out'
    if (!answer.ok) return 'failed'
    return new DOMParser().parseFromString(await answer.text(), 'text/html')
  } catch {
    // It is said that the connection is lost, and tried again.
    return 'failed'
  }
}

interface Note {
  readonly element: HTMLElement
  say(text: string): void
  live(): void
  lost(): void
}

/** Says whether what is shown is what is now. */
function createNote(place: HTMLElement): Note {
  const element = document.createElement('strong')
  element.id = 'live'
  element.setAttribute('role', 'status')
  place.append(' ', element)
  let isLost = false
  const say = (text: string): void => {
    const shown = document.getElementById(element.id) ?? element
    if (shown.textContent !== text) shown.textContent = text
    element.textContent = text
  }
  return {
    element,
    say,
    live() {
      isLost = false
      say('Live')
    },
    lost() {
      if (!isLost) say(`Not live: connection lost since ${new Date().toLocaleTimeString()}`)
      isLost = true
    },
  }
}
