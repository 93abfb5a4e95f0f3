import type { ClusterStatus } from '../model/cluster.ts'
import type { Failure } from '../model/failure.ts'

/** Keeps what `status()` tells of one cluster. */
export interface ConnectionStatus {
  /** The cluster answered, or a watch said something: it is well. */
  renew(): void
  /** It answered, but what failed goes on failing. */
  touch(): void
  /** A request found no answer that could be used. */
  fail(failure: Failure): void
  /** `code` is the HTTP status, '0' when there was no answer. */
  count(verb: string, code: string): void
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
  const touch = (): void => {
    lastContact = Math.floor(now() / 1000)
  }
  return {
    touch,
    renew: () => {
      touch()
      failure = undefined
    },
    fail: (next) => {
      failure = next
    },
    count: (verb, code) => {
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
