import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'

/** Debounce: several events of one write, or truncate and write, cause one scan. */
const DEBOUNCE_MS = 50
/** For file systems without events (network mounts, no watches left), and for missed events. */
const POLL_MS = 5000
const POLL_WITHOUT_WATCH_MS = 1000

/** Decides when a tree of folders is scanned again. */
export interface FolderWatch {
  /** Scans now, and from then on. */
  start(): void
  /** These are the folders now; true when there are new ones, which may have changed before they were watched. */
  setFolders(folders: readonly string[]): boolean
  /** Scans again soon. */
  scheduleScan(): void
  close(): void
}

export function watchFolders(root: string, scan: () => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>()
  let closed = false
  let debounceTimer: NodeJS.Timeout | undefined
  let pollTimer: NodeJS.Timeout | undefined

  function run(): void {
    clearTimeout(debounceTimer)
    clearTimeout(pollTimer)
    debounceTimer = undefined
    if (closed) return
    scan()
    pollTimer = setTimeout(run, watchers.size === 0 ? POLL_WITHOUT_WATCH_MS : POLL_MS)
  }

  function scheduleScan(): void {
    if (!closed) debounceTimer ??= setTimeout(run, DEBOUNCE_MS)
  }

  function begin(folder: string): void {
    try {
      const watcher = watch(join(root, folder), { persistent: false }, scheduleScan)
      // The folder vanished, or the watch failed: the next scan watches it again if it is there.
      watcher.on('error', () => {
        watcher.close()
        watchers.delete(folder)
        scheduleScan()
      })
      watchers.set(folder, watcher)
    } catch {
      // No watches left (ENOSPC), or the folder vanished: polling finds changes.
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
    scheduleScan,
    close: () => {
      closed = true
      clearTimeout(debounceTimer)
      clearTimeout(pollTimer)
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}
