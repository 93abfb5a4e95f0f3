import type { Json } from '../model/json.ts'

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|([KMGTPE]i)|([numkMGTPE]))?$/

const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }

/** Go's parser takes exponents of this size at most; beyond it the number is not computed. */
const MAX_EXPONENT = 1000
const MAX_LENGTH = 256

/**
 * A Quantity as nano-units, which is as exact as Kubernetes keeps it: smaller fractions are rounded up (away from zero).
 * @returns undefined for what is no quantity
 */
export function parseQuantity(value: Json): bigint | undefined {
  // Space around it is cut off as it is decoded.
  const text =
    typeof value === 'string'
      ? value.trim()
      : typeof value === 'number' || typeof value === 'bigint'
        ? String(value)
        : ''
  if (text === '' || text.length > MAX_LENGTH) return undefined
  const match = QUANTITY.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', , exponent, binary, decimal] = match
  if (whole === '' && fraction === '') return undefined
  const power = exponent === undefined ? (DECIMAL[decimal ?? ''] ?? 0) : Number(exponent)
  if (Math.abs(power) > MAX_EXPONENT) return undefined
  const digits = BigInt(whole + fraction) << BigInt(BINARY[binary ?? ''] ?? 0)
  const nanos = scale(digits, power - fraction.length + 9)
  return sign === '-' ? -nanos : nanos
}

function scale(digits: bigint, power: number): bigint {
  if (power >= 0) return digits * 10n ** BigInt(power)
  const divisor = 10n ** BigInt(-power)
  return (digits + divisor - 1n) / divisor
}

const MILLI = 1_000_000n

/** Resource lists are rounded up to thousandths when they are stored (SetDefaults_ResourceList). */
function roundToMilli(nanos: bigint): bigint {
  const magnitude = nanos < 0n ? -nanos : nanos
  const rounded = ((magnitude + MILLI - 1n) / MILLI) * MILLI
  return nanos < 0n ? -rounded : rounded
}

/** Whether the server stores the declared quantity as the live one. */
export function sameQuantity(declared: Json, live: Json): boolean {
  const left = parseQuantity(declared)
  const right = parseQuantity(live)
  if (left === undefined || right === undefined) return false
  return left === right || roundToMilli(left) === right
}
