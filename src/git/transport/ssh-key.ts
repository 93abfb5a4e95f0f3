import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { ParsedKey } from 'ssh2'
import { CodedError } from '../../model/failure.ts'
import { parseKey } from './ssh-library.ts'

/** One that is not encrypted, in one of the forms that ssh-keygen and OpenSSL write. */
const LARGEST_KEY = 64 << 10
/** ssh-keygen makes 16 or 24; a hundred take a second and a half of this thread. Whoever writes a key shall not take hours of it. */
const MOST_ROUNDS = 128

/**
 * A private key for signing in: OpenSSH's format, PKCS#1 and SEC1 PEM, PKCS#8, PuTTY's.
 * @param passphrase undefined without one
 * @throws CodedError `GDE_GIT_AUTH`, without anything of the key
 */
export function readPrivateKey(text: string, passphrase: string | undefined): ParsedKey {
  if (text.length > LARGEST_KEY) throw keyError('is too large')
  // Keys are copied with blanks and Windows' line ends, which no format means.
  const trimmed = `${text.replaceAll('\r\n', '\n').trim()}\n`
  if (/^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(trimmed)) return readPkcs8(trimmed, passphrase)
  const rounds = bcryptRounds(trimmed)
  if (rounds > MOST_ROUNDS)
    throw keyError(`is encrypted with ${rounds} rounds, of which ${MOST_ROUNDS} are computed: ssh-keygen -p -a 16`)
  const parsed: unknown = parseKey(trimmed.trim(), passphrase)
  // Of OpenSSH's format it is a list, though the types do not say so.
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (isPrivate(key)) return key
  const said = key instanceof Error ? key.message : ''
  if (/no passphrase given/i.test(said)) throw passphraseMissing()
  if (/passphrase|integrity check|decrypt|bad decrypt/i.test(said)) throw passphraseWrong()
  throw keyError('is none that is understood: give one that ssh-keygen made')
}

function isPrivate(key: unknown): key is ParsedKey {
  return (
    typeof key === 'object' &&
    key !== null &&
    'isPrivateKey' in key &&
    typeof key.isPrivateKey === 'function' &&
    key.isPrivateKey() === true
  )
}

/** How often the passphrase of a key in OpenSSH's format is hashed; 0 for others. */
function bcryptRounds(text: string): number {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([\s\S]*?)-----END/.exec(text)?.[1]
  if (body === undefined) return 0
  const bytes = Buffer.from(body.replaceAll(/\s/g, ''), 'base64')
  let at = 'openssh-key-v1\0'.length
  const next = (): Buffer => {
    if (at + 4 > bytes.length) return Buffer.alloc(0)
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  next()
  const kdf = next().toString('latin1')
  const options = next()
  const salt = options.length < 4 ? 0 : options.readUInt32BE(0)
  return kdf === 'bcrypt' && options.length === 8 + salt ? options.readUInt32BE(4 + salt) : 0
}

/** ssh2 does not read PKCS#8; Node does, and writes what ssh2 reads. */
function readPkcs8(text: string, passphrase: string | undefined): ParsedKey {
  if (text.startsWith('-----BEGIN ENCRYPTED') && passphrase === undefined) throw passphraseMissing()
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) })
  } catch {
    // OpenSSL's error may quote the key.
    throw text.startsWith('-----BEGIN ENCRYPTED') ? passphraseWrong() : keyError('is none that is understood')
  }
  const parsed: unknown = parseKey(plainForm(key))
  const first = Array.isArray(parsed) ? parsed[0] : parsed
  if (isPrivate(first)) return first
  throw keyError('is of a kind that SSH does not know')
}

function plainForm(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519':
      return openSshEd25519(key)
    default:
      throw keyError('is of a kind that SSH does not know')
  }
}

/** OpenSSH's own format (PROTOCOL.key), which is the only one for these keys. */
function openSshEd25519(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' })
  const [open, secret] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')]
  const type = Buffer.from('ssh-ed25519')
  const publicPart = Buffer.concat([sized(type), sized(open)])
  const check = Buffer.alloc(8)
  const unpadded = Buffer.concat([check, publicPart, sized(Buffer.concat([secret, open])), sized(Buffer.alloc(0))])
  const padding = Buffer.from(Array.from({ length: (8 - (unpadded.length % 8)) % 8 }, (_, index) => index + 1))
  const none = sized(Buffer.from('none'))
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, sized(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1])],
    ...[sized(publicPart), sized(Buffer.concat([unpadded, padding]))],
  ])
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----`
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function keyError(what: string): CodedError {
  return new CodedError('GDE_GIT_AUTH', `the private key ${what}`)
}

function passphraseMissing(): CodedError {
  return keyError('is encrypted: give its passphrase, or a key without one')
}

function passphraseWrong(): CodedError {
  return keyError('is not opened by the passphrase that is given')
}
