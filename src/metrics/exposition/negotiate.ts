import { CONTENT_TYPES, type ExpositionFormat } from './exposition-format.ts'

export interface Negotiated {
  readonly format: ExpositionFormat
  readonly contentType: string
}

const OPENMETRICS = 'application/openmetrics-text'
const TEXT: Negotiated = { format: 'text', contentType: CONTENT_TYPES.text }
const LIMIT = 4096

/**
 * The format with the highest q-value in an Accept header; of equal ones the first. The text format when none matches,
 * as in Go's own client library: an answer that may be readable is better than a 406.
 */
export function negotiateFormat(accept: string | undefined): Negotiated {
  let best: Negotiated | undefined
  let bestWeight = 0
  for (const { value, parameters, weight } of weighted(accept)) {
    const offer = offerFor(value, parameters.get('version'))
    if (offer === undefined || weight <= bestWeight) continue
    best = offer
    bestWeight = weight
  }
  return best ?? TEXT
}

function offerFor(type: string, version: string | undefined): Negotiated | undefined {
  switch (type) {
    case OPENMETRICS:
      // 0.0.1 is what Prometheus asked for before 1.0.0 was out; for what is exposed here the two are the same.
      if (version === '0.0.1')
        return { format: 'openmetrics', contentType: `${OPENMETRICS}; version=0.0.1; charset=utf-8` }
      return version === undefined || version === '1.0.0'
        ? { format: 'openmetrics', contentType: CONTENT_TYPES.openmetrics }
        : undefined
    case 'text/plain':
      return version === undefined || version === '0.0.4' ? TEXT : undefined
    case 'text/*':
    case '*/*':
      return TEXT
    default:
      return undefined
  }
}

/** Whether an Accept-Encoding header welcomes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = weighted(acceptEncoding)
  const named = codings.find(({ value }) => value === 'gzip' || value === 'x-gzip')
  const any = codings.find(({ value }) => value === '*')
  return (named ?? any ?? { weight: 0 }).weight > 0
}

interface Weighted {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** The q-value, 0 to 1. */
  readonly weight: number
}

/** The elements of a header such as `a;version=1;q=0.5, b` (RFC 9110 §12.4.2). A malformed weight counts as 0. */
function weighted(header: string | undefined): readonly Weighted[] {
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
