const UNIT_SECONDS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }
const PIECE = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y

/** Seconds of a duration as Go writes it (`1h30m`, `10m0s`); undefined when it is none. */
export function goDurationSeconds(text: string): number | undefined {
  let seconds = 0
  PIECE.lastIndex = 0
  while (PIECE.lastIndex < text.length) {
    const match = PIECE.exec(text)
    if (match === null) return undefined
    seconds += Number(match[1]) * (UNIT_SECONDS[match[2] ?? ''] ?? 0)
  }
  return text === '' ? undefined : seconds
}
