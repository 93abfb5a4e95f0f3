import type { Json } from '../model/json.ts'

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.(\d+))?(?:[Zz]|[+-]\d\d:\d\d)$/

/**
 * An RFC 3339 time as the server stores it: in UTC, cut to seconds (`Time`) or microseconds (`MicroTime`).
 * @returns the time as microseconds since 1970, undefined for what is no time
 */
function parseTime(value: Json, precision: 'time' | 'microTime'): number | undefined {
  const match = typeof value === 'string' ? TIME.exec(value) : null
  if (match === null || typeof value !== 'string') return undefined
  const fraction = match[1] ?? ''
  const seconds = Date.parse(fraction === '' ? value : value.replace(`.${fraction}`, '')) / 1000
  if (Number.isNaN(seconds)) return undefined
  return seconds * 1_000_000 + (precision === 'microTime' ? Number(fraction.slice(0, 6).padEnd(6, '0')) : 0)
}

/** Whether both are the same instant as the server would store them; false when what is declared is no time. */
export function sameTime(declared: Json, live: Json, precision: 'time' | 'microTime'): boolean {
  const left = parseTime(declared, precision)
  return left !== undefined && left === parseTime(live, precision)
}
