import UPNG from 'upng-js'

/** Colours that are left: what is written and drawn here has few, and they make the file half as large. */
const COLORS = 256

/** The same picture in fewer bytes. */
export function packPng(png: Uint8Array): Uint8Array {
  const image = UPNG.decode(Uint8Array.from(png).buffer)
  const [frame] = UPNG.toRGBA8(image)
  if (frame === undefined) throw new Error('the picture is empty')
  return new Uint8Array(UPNG.encode([frame], image.width, image.height, COLORS))
}
