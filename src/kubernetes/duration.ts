import type { Json } from '../model/json.ts'

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const DURATION = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g
const MAX_LENGTH = 256

/** Nanoseconds of a text as Go's `time.ParseDuration` takes it; undefined for any other. */
function parseDuration(value: Json): bigint | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined
  if (/^[+-]?0$/.test(value)) return 0n
  const [, sign, text = ''] = DURATION.exec(value) ?? []
  if (text === '') return undefined
  let sum = 0n
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(PART)) {
    const scale = NANOSECONDS[unit] ?? 0n
    sum += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
  }
  return sign === '-' ? -sum : sum
}

/** Whether both are the same length of time: `90m` is `1h30m0s`, as a typed client writes it. */
export function sameDuration(declared: Json, live: Json): boolean {
  const left = parseDuration(declared)
  return left !== undefined && left === parseDuration(live)
}
