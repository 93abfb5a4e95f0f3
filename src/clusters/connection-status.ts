import type { ClusterStatus } from '../model/clusters/cluster.ts'
import type { Failure } from '../model/failure.ts'

/** Keeps the `ClusterStatus` of one cluster. */
export interface ConnectionStatus {
  /** The cluster answered, or a watch sent something: failures before are over. */
  recordSuccess(): void
  /** The cluster answered, but the last failure still holds. */
  recordAnswer(): void
  /** A request got no usable answer. */
  recordFailure(failure: Failure): void
  /** `code` is the HTTP status, '0' when there was no answer. */
  countRequest(verb: string, code: string): void
  countWatchRestart(): void
  setVersion(kubeVersion: string): void
  status(): ClusterStatus
}

export function createConnectionStatus(
  name: string,
  server: () => string,
  now: () => number = Date.now,
): ConnectionStatus {
  const requests = new Map<string, { readonly verb: string; readonly code: string; count: number }>()
  let lastContact: number | undefined
  let failure: Failure | undefined
  let kubeVersion: string | undefined
  let watchRestarts = 0
  const recordAnswer = (): void => {
    lastContact = Math.floor(now() / 1000)
  }
  return {
    recordAnswer,
    recordSuccess: () => {
      recordAnswer()
      failure = undefined
    },
    recordFailure: (next) => {
      failure = next
    },
    countRequest: (verb, code) => {
      const key = `${verb} ${code}`
      const entry = requests.get(key)
      if (entry === undefined) requests.set(key, { verb, code, count: 1 })
      else entry.count += 1
    },
    countWatchRestart: () => {
      watchRestarts += 1
    },
    setVersion: (version) => {
      kubeVersion = version
    },
    status: () => ({
      name,
      up: failure === undefined && lastContact !== undefined,
      server: server(),
      requests: [...requests.values()].map((entry) => ({ ...entry })),
      watchRestarts,
      ...(lastContact === undefined ? {} : { lastContact }),
      ...(failure === undefined ? {} : { failure }),
      ...(kubeVersion === undefined ? {} : { kubeVersion }),
    }),
  }
}
