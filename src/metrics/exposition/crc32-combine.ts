/**
 * CRC-32 of a text in two parts from the CRCs of its parts (RFC 1952 §8). CRCs are polynomials over GF(2), bit-reversed: appending n
 * bytes multiplies by x^(8n) modulo the CRC's polynomial, so that power, kept beside a part, makes joining cost one product.
 */
const POLYNOMIAL = 0xedb88320
/** x^0: bit-reversed, the highest bit stands for the lowest power. */
const ONE = 0x80000000

/** Product modulo the polynomial; `a` must not be 0, and no power of x is. */
function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor
    factor = (factor & 1) === 0 ? factor >>> 1 : (factor >>> 1) ^ POLYNOMIAL
  }
  return product >>> 0
}

/** x^(8·bytes) modulo the polynomial: what `combine` needs to know of the second part. */
export function shiftOf(bytes: number): number {
  let power = 0x00800000 // x^8
  let result = ONE
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(power, result)
    power = multiply(power, power)
  }
  return result
}

/** The CRC of first and second part together; `shift` is `shiftOf` the second part's length. */
export function combine(first: number, second: number, shift: number): number {
  return (multiply(shift, first) ^ second) >>> 0
}
