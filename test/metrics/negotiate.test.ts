import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTENT_TYPES } from '../../src/metrics/exposition/exposition-format.ts'
import { negotiateFormat } from '../../src/metrics/exposition/negotiate.ts'
import { acceptsGzip } from '../../src/text/weighted-header.ts'
import fc from '../fast-check.ts'

const OPENMETRICS_001 = 'application/openmetrics-text; version=0.0.1; charset=utf-8'
const CASES: readonly (readonly [accept: string | undefined, contentType: string, why: string])[] = [
  [undefined, CONTENT_TYPES.text, 'no header'],
  ['', CONTENT_TYPES.text, 'an empty header'],
  ['*/*', CONTENT_TYPES.text, 'curl'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', CONTENT_TYPES.text, 'a browser'],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    CONTENT_TYPES.openmetrics,
    'Prometheus 3',
  ],
  [
    'application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    OPENMETRICS_001,
    'Prometheus 2',
  ],
  ['application/openmetrics-text', CONTENT_TYPES.openmetrics, 'OpenMetrics of any version'],
  ['application/openmetrics-text; version="1.0.0"', CONTENT_TYPES.openmetrics, 'a quoted parameter'],
  ['Application/OpenMetrics-Text;Version=1.0.0', CONTENT_TYPES.openmetrics, 'types know no case'],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', CONTENT_TYPES.text, 'a version that is not there'],
  ['application/openmetrics-text;q=0.3,text/plain;q=0.7', CONTENT_TYPES.text, 'text is liked better'],
  ['application/openmetrics-text;q=0', CONTENT_TYPES.text, 'OpenMetrics is refused'],
  [
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily',
    CONTENT_TYPES.text,
    'nothing that is there',
  ],
  ['application/openmetrics-text;q=nonsense', CONTENT_TYPES.text, 'a weight that makes no sense'],
]

for (const [accept, contentType, why] of CASES)
  test(`the format fits the Accept header: ${why}`, () => {
    assert.equal(negotiateFormat(accept).contentType, contentType)
  })

test('gzip is used only where it is welcome', () => {
  for (const welcome of ['gzip', 'gzip, deflate, br', 'x-gzip', '*', 'GZIP;q=0.5', 'br;q=1.0, gzip;q=0.8, *;q=0.1'])
    assert.equal(acceptsGzip(welcome), true, welcome)
  for (const not of [undefined, '', 'identity', 'br', 'gzip;q=0', 'gzip;q=0.0, *', '*;q=0'])
    assert.equal(acceptsGzip(not), false, String(not))
})

test('any header is answered', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (header) => {
      assert.ok(negotiateFormat(header).contentType.length > 0)
      assert.equal(typeof acceptsGzip(header), 'boolean')
    }),
  )
})
