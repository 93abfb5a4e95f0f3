import { weighted } from '../../text/weighted-header.ts'
import { CONTENT_TYPES, type ExpositionFormat } from './exposition-format.ts'

export interface Negotiated {
  readonly format: ExpositionFormat
  readonly contentType: string
}

const OPENMETRICS = 'application/openmetrics-text'
const TEXT: Negotiated = { format: 'text', contentType: CONTENT_TYPES.text }

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
