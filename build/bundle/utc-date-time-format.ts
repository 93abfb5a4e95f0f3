const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

interface DatePart {
  readonly type: string
  readonly value: string
}

/**
 * What node-cron asks `Intl.DateTimeFormat` for, in the one time zone that schedules have: the bundle has it use this. For the other one V8 reads
 * names and patterns of a language, 8 MB that stay.
 */
export class UtcDateTimeFormat {
  constructor(_language: string, { timeZone }: { readonly timeZone?: string }) {
    if (timeZone !== 'Etc/UTC') throw new RangeError(`schedules are in UTC, not ${timeZone ?? 'local time'}`)
  }

  formatToParts(date: Date): readonly DatePart[] {
    const part = (type: string, value: string | number): DatePart => ({ type, value: String(value) })
    return [
      part('weekday', WEEKDAYS[date.getUTCDay()] ?? ''),
      part('month', date.getUTCMonth() + 1),
      part('day', date.getUTCDate()),
      part('year', date.getUTCFullYear()),
      part('hour', date.getUTCHours()),
      part('minute', date.getUTCMinutes()),
      part('second', date.getUTCSeconds()),
      part('timeZoneName', 'GMT'),
    ]
  }
}
