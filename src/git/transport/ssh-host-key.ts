import { createHash } from 'node:crypto'
import { CodedError } from '../../model/failure.ts'
import { hostKeysOf, typeOfKey } from '../../model/sources/known-hosts.ts'
import type { SshAddress } from '../../model/sources/ssh-address.ts'

/** The algorithms with which a server may prove a key of a type, best first. */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
} as const
type HostKeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number]

/** Decides whether a server is who it says. */
export interface HostKeyCheck {
  /** What the server is asked to prove, keys that are known first: it may have others beside them. */
  readonly algorithms: readonly HostKeyAlgorithm[]
  /** @returns why the key is not accepted */
  refuse(key: Uint8Array): CodedError | undefined
}

/**
 * @param knownHosts lines of known_hosts; undefined where none are given
 * @param acceptAny the config allows not to look at the key
 */
export function hostKeyCheck(
  { host, port }: SshAddress,
  knownHosts: string | undefined,
  acceptAny: boolean,
): HostKeyCheck {
  const { known, revoked, hasAuthority } = hostKeysOf(knownHosts ?? '', host, port)
  const name = port === 22 ? host : `[${host}]:${port}`
  const isKnownType = (type: string): boolean => known.some((one) => one.type === type)
  const types = Object.entries(ALGORITHMS).toSorted(
    ([one], [other]) => Number(isKnownType(other)) - Number(isKnownType(one)),
  )
  return {
    algorithms: types.flatMap(([, algorithms]) => algorithms),
    refuse: (bytes) => {
      const key = Buffer.from(bytes)
      const type = typeOfKey(key)
      const shown = `${type} SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
      const encoded = key.toString('base64')
      if (revoked.includes(encoded)) return refused(`${name} has the key ${shown}, which known_hosts revokes`)
      if (acceptAny || known.some((one) => one.type === type && one.key === encoded)) return undefined
      if (isKnownType(type))
        return refused(
          `${name} has the key ${shown}, and known_hosts another one of that type: the server changed, or somebody is in between`,
        )
      if (known.length > 0)
        return refused(
          `${name} has the key ${shown}, and known_hosts only ${[...new Set(known.map((one) => one.type))].join(', ')}`,
        )
      if (hasAuthority)
        return refused(
          `${name} is in known_hosts by @cert-authority alone, which is not supported: add the key ${shown} itself`,
        )
      return refused(
        knownHosts === undefined
          ? `there is no known_hosts to find ${name} in: it has the key ${shown}`
          : `${name} is not in known_hosts: it has the key ${shown}`,
      )
    },
  }
}

function refused(message: string): CodedError {
  return new CodedError('GDE_GIT_HOST_KEY', message)
}
