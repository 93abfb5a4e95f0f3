import type { App } from '../../model/apps/app.ts'
import type { AppReport } from '../../model/fleet.ts'
import { type VerdictLines, verdictLines } from '../output/verdict-table.ts'

export interface VerdictStreamOptions {
  readonly out: { write(text: string): unknown }
  readonly isShown: (report: AppReport) => boolean
  readonly beforeWrite: () => void
}

/** A table whose lines are written while later apps are still being judged. */
export interface VerdictStream {
  /** The apps that are going to be in it. */
  start(apps: readonly Pick<App, 'name' | 'destination'>[]): void
  add(report: AppReport): void
  /** Writes what is left, and again, below, what has become another verdict since it was written. */
  end(reports: readonly AppReport[]): void
}

/** What is judged within this time is written together, in the order of names. */
const BATCH_MS = 200

export function streamVerdicts({ out, isShown, beforeWrite }: VerdictStreamOptions): VerdictStream {
  const waiting = new Map<string, AppReport>()
  const written = new Map<string, string>()
  let lines: VerdictLines | undefined
  let timer: NodeJS.Timeout | undefined
  let hasHeader = false

  function write(reports: Iterable<AppReport>, table: VerdictLines): void {
    const fresh = [...reports]
      .filter(isShown)
      .map((report) => ({ id: report.summary.id, line: table.line(report) }))
      .filter(({ id, line }) => written.get(id) !== line)
      .toSorted((one, two) => (one.line < two.line ? -1 : 1))
    if (fresh.length === 0 && hasHeader) return
    beforeWrite()
    const again = fresh.filter(({ id }) => written.has(id))
    const first = fresh.filter(({ id }) => !written.has(id))
    for (const { id, line } of fresh) written.set(id, line)
    out.write(`${hasHeader ? '' : table.header}${first.map(({ line }) => line).join('')}`)
    hasHeader = true
    if (again.length > 0) out.write(`\nchanged meanwhile:\n${again.map(({ line }) => line).join('')}`)
  }

  return {
    start(apps) {
      lines = verdictLines(apps)
    },
    add(report) {
      const { id } = report.summary
      // What changes after it was written waits for the end: the last word counts.
      if (written.has(id)) return
      waiting.set(id, report)
      timer ??= setTimeout(() => {
        timer = undefined
        if (lines === undefined) return
        write(waiting.values(), lines)
        waiting.clear()
      }, BATCH_MS)
    },
    end(reports) {
      clearTimeout(timer)
      write(reports, lines ?? verdictLines(reports.map(({ summary }) => summary)))
    },
  }
}
