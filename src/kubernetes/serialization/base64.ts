const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Decodes as Go's `encoding/base64` does for `[]byte` fields: standard alphabet, padded, line breaks ignored.
 * @returns undefined for what the server would reject
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replaceAll(/[\r\n]/g, '')
  return BASE64.test(compact) ? Buffer.from(compact, 'base64') : undefined
}
