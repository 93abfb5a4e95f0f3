import type { AppId } from '../../model/identity.ts'

/** Until every app of a complete inventory has its first verdict, the exporter is not ready. */
export interface FirstPass {
  expect(app: AppId): void
  /** It has its first verdict, or is gone. */
  judged(app: AppId): void
  inventoryKnown(complete: boolean): void
}

/** @param onEnd called once */
export function createFirstPass(onEnd: () => void): FirstPass {
  const waiting = new Set<AppId>()
  let knowsInventory = false
  let ended = false

  function endIfDone(): void {
    if (ended || !knowsInventory || waiting.size > 0) return
    ended = true
    onEnd()
  }

  return {
    expect(app) {
      waiting.add(app)
    },
    judged(app) {
      if (waiting.delete(app)) endIfDone()
    },
    inventoryKnown(complete) {
      knowsInventory = complete
      endIfDone()
    },
  }
}
