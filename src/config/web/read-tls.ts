import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls'
import { didYouMean } from '../../text/nearest-name.ts'
import type { ParseContext } from '../parse-context.ts'
import type { ClientAuth, TlsSettings } from './web-config.ts'
import { CIPHER_SUITES, CURVES, type TlsFile } from './web-config-schema.ts'

const POINTER = '/tls_server_config'
/** Without these OpenSSL would serve no TLS 1.3 where only others are named; Go always serves them. */
const TLS13_SUITES = [...CIPHER_SUITES.keys()].filter((name) => !name.includes('_WITH_'))
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** What is in the file itself or in the files that it names. */
export interface TlsTexts {
  readonly cert: string
  readonly key: string
  readonly clientCa?: string
}

/** What is wrong without looking into other files. @returns whether there is anything to look for in them */
export function checkTls(tls: TlsFile, context: ParseContext): boolean {
  const report = (key: string, message: string): void => context.reportIssue(`${POINTER}/${key}`, message)
  for (const name of ['cert', 'key', 'client_ca'] as const)
    if (isSet(tls[name]) && isSet(tls[`${name}_file`]))
      report(name, `only one of ${name} and ${name}_file can be given`)
  let complete = true
  for (const name of ['cert', 'key'] as const)
    if (!isSet(tls[name]) && !isSet(tls[`${name}_file`])) {
      complete = false
      context.reportIssue(POINTER, `needs ${name} or ${name}_file`)
    }
  const clientAuth = clientAuthOf(tls)
  if (clientAuth === 'none' && (isSet(tls.client_ca) || isSet(tls.client_ca_file)))
    report('client_auth_type', 'a client CA is of no use unless client certificates are asked for')
  if (tls.client_allowed_sans !== undefined && clientAuth !== 'any' && clientAuth !== 'verify')
    report('client_allowed_sans', 'needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert')
  for (const name of ['min_version', 'max_version'] as const)
    if (tls[name] === 'TLS10' || tls[name] === 'TLS11')
      report(name, `${tls[name]} cannot be served here, as OpenSSL refuses it: TLS12 is the oldest`)
  if (tls.min_version === 'TLS13' && tls.max_version === 'TLS12') report('max_version', 'is below min_version')
  checkNames(tls.cipher_suites, CIPHER_SUITES, `${POINTER}/cipher_suites`, context)
  checkNames(tls.curve_preferences, CURVES, `${POINTER}/curve_preferences`, context)
  return complete
}

function checkNames(
  names: readonly string[] | undefined,
  known: ReadonlyMap<string, string>,
  pointer: string,
  context: ParseContext,
): void {
  for (const [index, name] of (names ?? []).entries())
    if (!known.has(name))
      context.reportIssue(
        `${pointer}/${index}`,
        `${JSON.stringify(name.slice(0, 80))} cannot be served here${didYouMean(name, [...known.keys()])}`,
      )
}

export function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}

function clientAuthOf({ client_auth_type: type }: TlsFile): ClientAuth {
  switch (type) {
    case 'RequestClientCert':
      return 'request'
    // The second is the former name.
    case 'RequireAnyClientCert':
    case 'RequireClientCert':
      return 'any'
    case 'VerifyClientCertIfGiven':
      return 'verifyGiven'
    case 'RequireAndVerifyClientCert':
      return 'verify'
    default:
      return 'none'
  }
}

/** Certificate, key and authorities, each held to what it has to be. Messages name what OpenSSL says, never what the texts hold. */
export function readTls(tls: TlsFile, texts: TlsTexts, context: ParseContext): TlsSettings | undefined {
  const clientAuth = clientAuthOf(tls)
  const fail = (name: 'cert' | 'key' | 'client_ca', message: string): undefined => {
    context.reportIssue(`${POINTER}/${isSet(tls[`${name}_file`]) ? `${name}_file` : name}`, message)
    return undefined
  }
  const certificate = attempt(() => new X509Certificate(texts.cert))
  if (certificate === undefined) return fail('cert', 'holds no certificate that can be read (PEM)')
  const key = attempt(() => createPrivateKey(texts.key))
  if (key === undefined) return fail('key', 'holds no private key that can be read (PEM, without a passphrase)')
  if (!certificate.checkPrivateKey(key)) return fail('key', 'is not the key of the certificate')
  const authorities = texts.clientCa?.match(PEM_CERTIFICATE) ?? []
  if (texts.clientCa !== undefined) {
    if (authorities.length === 0) return fail('client_ca', 'holds no certificate (PEM)')
    if (authorities.some((one) => attempt(() => new X509Certificate(one)) === undefined))
      return fail('client_ca', 'holds a certificate that cannot be read')
  }
  const verifies = clientAuth === 'verify' || clientAuth === 'verifyGiven'
  const settings: SecureContextOptions = {
    cert: texts.cert,
    key: texts.key,
    // Where none is named Go takes those of the system, and so does this, instead of those that come with Node.
    ...(authorities.length > 0 ? { ca: [...authorities] } : verifies && { ca: getCACertificates('system') }),
    minVersion: tls.min_version === 'TLS13' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: tls.max_version === 'TLS12' ? 'TLSv1.2' : 'TLSv1.3',
    honorCipherOrder: tls.prefer_server_cipher_suites ?? true,
    ...(tls.cipher_suites !== undefined && tls.cipher_suites.length > 0 && { ciphers: cipherText(tls.cipher_suites) }),
    ...(tls.curve_preferences !== undefined &&
      tls.curve_preferences.length > 0 && { ecdhCurve: known(tls.curve_preferences, CURVES).join(':') }),
  }
  // The chain and what the names of suites mean are read by OpenSSL alone.
  if (attempt(() => createSecureContext(settings)) === undefined)
    return fail('cert', 'cannot be served: OpenSSL refuses the chain, the suites or the curves')
  return { context: settings, clientAuth, ...(tls.client_allowed_sans && { allowedNames: tls.client_allowed_sans }) }
}

function cipherText(names: readonly string[]): string {
  return [...TLS13_SUITES, ...known(names, CIPHER_SUITES).filter((name) => !TLS13_SUITES.includes(name))].join(':')
}

function known(names: readonly string[], all: ReadonlyMap<string, string>): readonly string[] {
  return names.flatMap((name) => all.get(name) ?? [])
}

/** What OpenSSL makes of a text; undefined where it refuses it. Its own words are codes that tell nobody more. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
