/** Five fields as robfig/cron/v3 reads them, which Argo CD uses: minutes, hours, days of the month, months from 1, days of the week from Sunday. */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** One of the fields of days is not restricted, so both must match; otherwise one is enough. */
  readonly isEitherDayAny: boolean
}

interface Field {
  readonly min: number
  readonly max: number
  /** What `min`, `min` + 1, … are called. */
  readonly names?: readonly string[]
}

const MINUTES: Field = { min: 0, max: 59 }
const HOURS: Field = { min: 0, max: 23 }
const DAYS: Field = { min: 1, max: 31 }
const MONTHS: Field = {
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
}
const WEEKDAYS: Field = { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }
const MOST_CHARACTERS = 1000
const MINUTE_MS = 60_000
/** It looks no further ahead. */
const MOST_YEARS = 5

interface Values {
  readonly values: ReadonlySet<number>
  readonly isAny: boolean
}

/** @returns undefined for what that library refuses, and for a time zone inside of the text, which is not supported */
export function parseCronSchedule(text: string): CronSchedule | undefined {
  if (text.length > MOST_CHARACTERS) return undefined
  const parts = text.trim().split(/\s+/)
  const [minutes, hours, days, months, weekdays] = [MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS].map((field, index) =>
    readField(parts[index] ?? '', field),
  )
  if (parts.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return undefined
  return {
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: weekdays.values,
    isEitherDayAny: days.isAny || weekdays.isAny,
  }
}

/** The first minute after the time that the schedule names, Unix milliseconds in UTC; undefined where there is none within five years. */
export function nextScheduled(schedule: CronSchedule, after: number): number | undefined {
  const lastYear = new Date(after).getUTCFullYear() + MOST_YEARS
  let time = Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS
  for (;;) {
    const date = new Date(time)
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    if (year > lastYear) return undefined
    if (!schedule.months.has(month + 1)) time = Date.UTC(year, month + 1)
    else if (!isScheduledDay(schedule, date)) time = Date.UTC(year, month, day + 1)
    else if (!schedule.hours.has(date.getUTCHours())) time = Date.UTC(year, month, day, date.getUTCHours() + 1)
    else if (!schedule.minutes.has(date.getUTCMinutes())) time += MINUTE_MS
    else return time
  }
}

function isScheduledDay({ days, weekdays, isEitherDayAny }: CronSchedule, date: Date): boolean {
  const [isDay, isWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())]
  return isEitherDayAny ? isDay && isWeekday : isDay || isWeekday
}

/** Ranges with commas between them; empty ones do not count. */
function readField(text: string, field: Field): Values | undefined {
  const values = new Set<number>()
  let isAny = false
  for (const range of text.split(',').filter((part) => part !== '')) {
    const read = readRange(range, field)
    if (read === undefined) return undefined
    for (let value = read.from; value <= read.to; value += read.step) values.add(value)
    isAny ||= read.isAny
  }
  return { values, isAny }
}

interface Range {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly isAny: boolean
}

/** `*`, `5`, `1-5`, each with `/step`; `5/15` goes to the end of the field. */
function readRange(text: string, field: Field): Range | undefined {
  const [ends = '', stepText, ...tooMany] = text.split('/')
  const [low = '', high, ...others] = ends.split('-')
  if (tooMany.length > 0) return undefined
  const step = stepText === undefined ? 1 : readNumber(stepText)
  if (step === undefined || step === 0) return undefined
  // What follows a star is not read.
  if (low === '*' || low === '?') return { from: field.min, to: field.max, step, isAny: step === 1 }
  const from = readValue(low, field)
  const to = high === undefined ? (stepText === undefined ? from : field.max) : readValue(high, field)
  if (others.length > 0 || from === undefined || to === undefined) return undefined
  return from < field.min || to > field.max || from > to ? undefined : { from, to, step, isAny: false }
}

function readValue(text: string, { min, names = [] }: Field): number | undefined {
  const index = names.indexOf(text.toLowerCase())
  return index === -1 ? readNumber(text) : min + index
}

function readNumber(text: string): number | undefined {
  return /^\+?\d{1,9}$/.test(text) ? Number(text) : undefined
}
