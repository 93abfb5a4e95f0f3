import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate with its key, PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

export interface CertificateOptions {
  readonly commonName: string
  /** Kubernetes reads groups from here. */
  readonly organizations?: readonly string[]
  /** DNS names and IPv4 addresses. */
  readonly hosts?: readonly string[]
  /** Valid from an hour ago until then; in the past for an expired one. */
  readonly notAfter?: Date
}

export interface CertificateAuthority extends Certificate {
  issue(options: CertificateOptions): Certificate
}

/** A certificate authority for tests: ECDSA P-256, made in memory. */
export function createCertificateAuthority(commonName = 'test authority'): CertificateAuthority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = { name: distinguishedName({ commonName }), key: privateKey }
  const own = toPem('CERTIFICATE', signed(issuer, publicKey, { commonName }, true))
  return {
    certificate: own,
    key: exportKey(privateKey),
    issue: (options) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const certificate = toPem('CERTIFICATE', signed(issuer, pair.publicKey, options, false))
      return { certificate, key: exportKey(pair.privateKey) }
    },
  }
}

function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function toPem(label: string, der: Buffer): string {
  // OpenSSL refuses an empty line, so the last line must not get a break of its own.
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** One ASN.1 value in DER: tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(content.length)
  const length = size.subarray(size.findIndex((byte) => byte !== 0))
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const set = (...parts: readonly Buffer[]) => der(0x31, ...parts)
const text = (value: string) => der(0x0c, Buffer.from(value))
const octets = (...parts: readonly Buffer[]) => der(0x04, ...parts)
const bits = (value: Buffer) => der(0x03, Buffer.from([0]), value)
const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]))
const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')))

/** Object identifiers by name, content bytes in hexadecimal. */
const OID = {
  commonName: '550403',
  organization: '55040a',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  subjectAltName: '551d11',
  subjectKeyIdentifier: '551d0e',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const
const oid = (name: keyof typeof OID) => der(0x06, Buffer.from(OID[name], 'hex'))

function distinguishedName(options: CertificateOptions): Buffer {
  const organizations = (options.organizations ?? []).map((value) => set(sequence(oid('organization'), text(value))))
  return sequence(...organizations, set(sequence(oid('commonName'), text(options.commonName))))
}

function signed(
  issuer: { readonly name: Buffer; readonly key: KeyObject },
  publicKey: KeyObject,
  options: CertificateOptions,
  authority: boolean,
): Buffer {
  const algorithm = sequence(oid('ecdsaWithSha256'))
  const day = 24 * 3600 * 1000
  const notAfter = options.notAfter ?? new Date(Date.now() + 7 * day)
  const notBefore = new Date(Math.min(Date.now(), notAfter.getTime()) - day)
  const serial = randomBytes(16)
  serial[0] = 1
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    issuer.name,
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(options),
    spki,
    der(0xa3, sequence(...extensions(options, spki, authority))),
  )
  return sequence(body, algorithm, bits(sign('sha256', body, issuer.key)))
}

function extensions(options: CertificateOptions, spki: Buffer, authority: boolean): readonly Buffer[] {
  const identifier = createHash('sha1').update(spki).digest()
  const common = [sequence(oid('subjectKeyIdentifier'), octets(octets(identifier)))]
  if (authority)
    return [
      ...common,
      sequence(oid('basicConstraints'), boolean(true), octets(sequence(boolean(true)))),
      // keyCertSign and cRLSign
      sequence(oid('keyUsage'), boolean(true), octets(der(0x03, Buffer.from([1, 0x06])))),
    ]
  const names = (options.hosts ?? []).map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  )
  return [
    ...common,
    sequence(oid('extendedKeyUsage'), octets(sequence(oid('serverAuth'), oid('clientAuth')))),
    ...(names.length === 0 ? [] : [sequence(oid('subjectAltName'), octets(sequence(...names)))]),
  ]
}
