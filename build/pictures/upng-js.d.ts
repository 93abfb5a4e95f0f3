/** What is used of it: it brings no types. */
declare module 'upng-js' {
  interface Image {
    readonly width: number
    readonly height: number
  }
  const UPNG: {
    decode(png: ArrayBuffer): Image
    toRGBA8(image: Image): ArrayBuffer[]
    encode(frames: readonly ArrayBuffer[], width: number, height: number, colors: number): ArrayBuffer
  }
  export default UPNG
}
