/** Longer headers are read so far. */
const LIMIT = 4096

/** Whether an Accept-Encoding header welcomes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = weighted(acceptEncoding)
  const named = codings.find(({ value }) => value === 'gzip' || value === 'x-gzip')
  const any = codings.find(({ value }) => value === '*')
  return (named ?? any ?? { weight: 0 }).weight > 0
}

export interface Weighted {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** The q-value, 0 to 1. */
  readonly weight: number
}

/** The elements of a header such as `a;version=1;q=0.5, b` (RFC 9110 §12.4.2). A malformed weight counts as 0. */
export function weighted(header: string | undefined): readonly Weighted[] {
  if (header === undefined) return []
  return header
    .slice(0, LIMIT)
    .toLowerCase()
    .split(',')
    .map((element) => {
      const [value = '', ...rest] = element.split(';').map((part) => part.trim())
      const parameters = new Map(rest.map(parameter))
      const q = parameters.get('q')
      const weight = q === undefined ? 1 : /^[01](\.\d*)?$/.test(q) ? Math.min(1, Number(q)) : 0
      return { value, parameters, weight }
    })
}

function parameter(text: string): readonly [string, string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name.trim(), value.trim().replace(/^"(.*)"$/, '$1')]
}
