import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'

/** Several events of one write, and the two halves of truncate-and-write, become one look. */
const GATHER_MS = 50
/** Where the kernel tells nothing (network file systems, no watches left), and for what was missed. */
const POLL_MS = 5000
const POLL_WITHOUT_WATCH_MS = 1000

/** Says when it is worth looking at a tree of folders again. */
export interface FolderWatch {
  /** Looks now, and from then on. */
  start(): void
  /** These are the folders now; true when there are new ones, which may have changed before they were watched. */
  setFolders(folders: readonly string[]): boolean
  /** Look again soon. */
  nudge(): void
  close(): void
}

export function watchFolders(root: string, look: () => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>()
  let closed = false
  let gather: NodeJS.Timeout | undefined
  let poll: NodeJS.Timeout | undefined

  function run(): void {
    clearTimeout(gather)
    clearTimeout(poll)
    gather = undefined
    if (closed) return
    look()
    poll = setTimeout(run, watchers.size === 0 ? POLL_WITHOUT_WATCH_MS : POLL_MS)
  }

  function nudge(): void {
    if (!closed) gather ??= setTimeout(run, GATHER_MS)
  }

  function begin(folder: string): void {
    try {
      const watcher = watch(join(root, folder), { persistent: false }, nudge)
      // The folder went away, or the kernel gave up: the next look tells, and begins again if it is there.
      watcher.on('error', () => {
        watcher.close()
        watchers.delete(folder)
        nudge()
      })
      watchers.set(folder, watcher)
    } catch {
      // No watches left (ENOSPC), or gone since: polling finds what happens there.
    }
  }

  return {
    start: run,
    setFolders: (folders) => {
      const wanted = new Set(folders)
      for (const [folder, watcher] of watchers) {
        if (wanted.has(folder)) continue
        watcher.close()
        watchers.delete(folder)
      }
      const before = watchers.size
      for (const folder of folders) if (!closed && !watchers.has(folder)) begin(folder)
      return watchers.size > before
    },
    nudge,
    close: () => {
      closed = true
      clearTimeout(gather)
      clearTimeout(poll)
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}
