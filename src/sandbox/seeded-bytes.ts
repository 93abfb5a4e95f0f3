/**
 * Pseudo-random bytes of a seed (splitmix32). Not for secrets: values that a template takes from it are reported as
 * changing from rendering to rendering.
 */
export function seededBytes(seed: number): (into: Uint8Array) => void {
  let state = seed >>> 0
  return (into) => {
    for (let index = 0; index < into.length; index += 1) {
      state = (state + 0x9e3779b9) >>> 0
      let mixed = state
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      into[index] = (mixed ^ (mixed >>> 15)) & 0xff
    }
  }
}
