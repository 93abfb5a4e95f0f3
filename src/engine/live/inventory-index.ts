import type { App } from '../../model/apps/app.ts'
import type { AppId } from '../../model/identity.ts'

/** What the inventories of the apps of one cluster list; their texts are the apps' own. */
export interface InventoryIndex {
  /** Takes the newest inventory of the app. */
  set(app: App): void
  remove(app: AppId): void
  /** O(1) after the first look at an inventory. */
  lists(app: AppId, keyText: string): boolean
  /** Whether another app's inventory has the object; O(apps with an inventory). */
  listsElsewhere(app: AppId, keyText: string): boolean
}

interface Entry {
  readonly texts: readonly string[]
  /** Made when something is looked up: most inventories never have to answer. */
  set: ReadonlySet<string> | undefined
}

export function createInventoryIndex(): InventoryIndex {
  const entries = new Map<AppId, Entry>()
  const has = (entry: Entry, keyText: string): boolean => {
    entry.set ??= new Set(entry.texts)
    return entry.set.has(keyText)
  }
  return {
    set({ id, pruning }) {
      if (pruning?.by !== 'inventory') entries.delete(id)
      else if (entries.get(id)?.texts !== pruning.inventory)
        entries.set(id, { texts: pruning.inventory, set: undefined })
    },
    remove: (app) => void entries.delete(app),
    lists(app, keyText) {
      const entry = entries.get(app)
      return entry !== undefined && has(entry, keyText)
    },
    listsElsewhere: (app, keyText) => entries.entries().some(([id, entry]) => id !== app && has(entry, keyText)),
  }
}
