/**
 * Preloaded into a program (`--import`), in each of its threads: its clock is ahead by the milliseconds that the file CLOCK_FILE holds, so that
 * a test can set it while the program runs. Timers and the uptime go on as they do when somebody sets a clock.
 */
import { readFileSync } from 'node:fs'

const file = process.env.CLOCK_FILE
if (file === undefined) throw new Error('CLOCK_FILE is not set')
const RealDate = Date
const now = RealDate.now.bind(RealDate)
let ahead = 0

function read(path: string): void {
  const text = readFileSync(path, 'utf8').trim()
  // Nothing while it is written.
  if (text !== '') ahead = Number(text)
}

read(file)
setInterval(() => read(file), 50).unref()

class ShiftedDate extends RealDate {
  constructor(...values: readonly []) {
    if (values.length === 0) super(now() + ahead)
    else super(...values)
  }

  static override now(): number {
    return now() + ahead
  }
}

globalThis.Date = ShiftedDate as DateConstructor
