/** `30s`, `2m`, `1h30m` as in Go and Prometheus, with days: the pattern of the schema. */
export const DURATION_PATTERN = '^(?=[0-9])(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$'

const PATTERN = new RegExp(DURATION_PATTERN)
const UNIT_SECONDS = [86_400, 3_600, 60, 1]

/** Seconds, or undefined when the text is no duration. */
export function durationSeconds(text: string): number | undefined {
  const parts = PATTERN.exec(text)
  if (parts === null) return undefined
  return UNIT_SECONDS.reduce((sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * unit, 0)
}
