import type { Static, TSchema } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import { strict } from '../field-schema.ts'

/** Secrets are in this file: no rule stands here whose message would show the value. */
const optional = <S extends TSchema>(schema: S) => Type.Optional(schema)
const choice = (title: string, values: readonly string[]) =>
  optional(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { title },
    ),
  )

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'RequireClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const

/** Go's names of the suites that it counts as secure, and OpenSSL's. Those of TLS 1.3 are the same. */
export const CIPHER_SUITES: ReadonlyMap<string, string> = new Map([
  ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
])

export const CURVES: ReadonlyMap<string, string> = new Map([
  ['CurveP256', 'prime256v1'],
  ['CurveP384', 'secp384r1'],
  ['CurveP521', 'secp521r1'],
  ['X25519', 'X25519'],
])

const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13']
const version = choice('TLS10, TLS11, TLS12 or TLS13', TLS_VERSIONS)
const Headers = Type.Object(
  {
    'Strict-Transport-Security': optional(Type.String()),
    'X-Content-Type-Options': choice('nosniff', ['', 'nosniff']),
    'X-Frame-Options': choice('deny or sameorigin', ['', 'deny', 'sameorigin']),
    'X-XSS-Protection': optional(Type.String()),
    'Content-Security-Policy': optional(Type.String()),
  },
  strict,
)

/** The format of `--web.config.file`: exporter-toolkit 0.19, `docs/web-configuration.md` and `web/tls_config.go`. */
export const WebConfigSchema = Type.Object(
  {
    tls_server_config: optional(
      Type.Object(
        {
          cert: optional(Type.String()),
          key: optional(Type.String()),
          client_ca: optional(Type.String()),
          cert_file: optional(Type.String()),
          key_file: optional(Type.String()),
          client_ca_file: optional(Type.String()),
          client_auth_type: choice(`one of ${CLIENT_AUTH_TYPES.join(', ')}`, ['', ...CLIENT_AUTH_TYPES]),
          client_allowed_sans: optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
          min_version: version,
          max_version: version,
          cipher_suites: optional(Type.Array(Type.String())),
          prefer_server_cipher_suites: optional(Type.Boolean()),
          curve_preferences: optional(Type.Array(Type.String())),
        },
        strict,
      ),
    ),
    http_server_config: optional(Type.Object({ http2: optional(Type.Boolean()), headers: optional(Headers) }, strict)),
    rate_limit: optional(
      Type.Object(
        {
          // Durations of Go as text; a number is nanoseconds.
          interval: optional(Type.Union([Type.String(), Type.Integer()], { title: 'a duration such as 1s' })),
          burst: optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
        },
        strict,
      ),
    ),
    basic_auth_users: optional(Type.Record(Type.String(), Type.String())),
  },
  strict,
)

export type WebConfigFile = Static<typeof WebConfigSchema>
export type TlsFile = NonNullable<WebConfigFile['tls_server_config']>
