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
  /** The same object as long as nothing changed. */
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
  let current: ClusterStatus | undefined
  const recordAnswer = (): void => {
    const second = Math.floor(now() / 1000)
    if (second !== lastContact) current = undefined
    lastContact = second
  }
  return {
    recordAnswer,
    recordSuccess: () => {
      recordAnswer()
      if (failure !== undefined) current = undefined
      failure = undefined
    },
    recordFailure: (next) => {
      current = undefined
      failure = next
    },
    countRequest: (verb, code) => {
      current = undefined
      const key = `${verb} ${code}`
      const entry = requests.get(key)
      if (entry === undefined) requests.set(key, { verb, code, count: 1 })
      else entry.count += 1
    },
    countWatchRestart: () => {
      current = undefined
      watchRestarts += 1
    },
    setVersion: (version) => {
      if (version !== kubeVersion) current = undefined
      kubeVersion = version
    },
    status: () => {
      const address = server()
      if (current?.server === address) return current
      current = {
        name,
        up: failure === undefined && lastContact !== undefined,
        server: address,
        requests: [...requests.values()].map((entry) => ({ ...entry })),
        watchRestarts,
        ...(lastContact === undefined ? {} : { lastContact }),
        ...(failure === undefined ? {} : { failure }),
        ...(kubeVersion === undefined ? {} : { kubeVersion }),
      }
      return current
    },
  }
}
