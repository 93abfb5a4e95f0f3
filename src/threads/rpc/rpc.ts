import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { CodedError, type Failure, fromFailure, toFailure } from '../../model/failure.ts'
import { outgoingReport } from '../../model/secrets/outgoing-text.ts'

/** The channel between two threads: a port, or a worker seen from its parent. */
export type Channel = Pick<MessagePort | Worker, 'postMessage'> & {
  on(event: 'message', listener: (message: unknown) => void): unknown
  off(event: 'message', listener: (message: unknown) => void): unknown
}

/** The requests that one side answers: one argument, one answer, both plain data. */
export type Methods = Readonly<Record<string, (argument: never) => unknown>>

type Argument<M extends Methods, Name extends keyof M> = Parameters<M[Name]>[0]
type Answer<M extends Methods, Name extends keyof M> = Awaited<ReturnType<M[Name]>>

/** How they are answered; the signal is aborted when the caller does not wait any more. */
export type Handlers<M extends Methods> = {
  readonly [Name in keyof M]: (
    argument: Argument<M, Name>,
    signal: AbortSignal,
  ) => Answer<M, Name> | Promise<Answer<M, Name>>
}

/** Calls methods of the other side. */
export interface Caller<M extends Methods> {
  /** @throws CodedError what the other side threw; `GDE_ABORTED` when the signal ended it, or when the other side is gone */
  call<Name extends keyof M & string>(
    name: Name,
    argument: Argument<M, Name>,
    signal?: AbortSignal,
    transfer?: readonly Transferable[],
  ): Promise<Answer<M, Name>>
  /** Fails all pending calls, and later ones: the other side is gone. */
  abandon(failure: Failure): void
}

type Message =
  | { readonly rpc: 'call'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly rpc: 'cancel'; readonly id: number }
  | { readonly rpc: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly rpc: 'failure'; readonly id: number; readonly failure: Failure }

/** Both ends are built together, so it is enough to know that a message is one of this protocol. */
function isRpc(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'rpc' in message
}

export function createCaller<M extends Methods>(channel: Channel): Caller<M> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let lastId = 0
  let gone: Failure | undefined

  channel.on('message', (message) => {
    if (!isRpc(message) || (message.rpc !== 'answer' && message.rpc !== 'failure')) return
    const request = open.get(message.id)
    open.delete(message.id)
    if (message.rpc === 'answer') request?.resolve(message.value)
    else request?.reject(fromFailure(message.failure))
  })

  return {
    call<Name extends keyof M & string>(
      name: Name,
      argument: Argument<M, Name>,
      signal?: AbortSignal,
      transfer: readonly Transferable[] = [],
    ) {
      if (gone !== undefined) return Promise.reject(fromFailure(gone))
      if (signal?.aborted) return Promise.reject(aborted())
      lastId += 1
      const id = lastId
      return new Promise<Answer<M, Name>>((resolve, reject) => {
        const cancel = (): void => {
          open.delete(id)
          channel.postMessage({ rpc: 'cancel', id } satisfies Message)
          reject(aborted())
        }
        const settled = (): void => signal?.removeEventListener('abort', cancel)
        open.set(id, {
          resolve(value) {
            settled()
            // The other side's handler has this very type.
            resolve(value as Answer<M, Name>)
          },
          reject(error) {
            settled()
            reject(error)
          },
        })
        signal?.addEventListener('abort', cancel, { once: true })
        channel.postMessage({ rpc: 'call', id, name, argument } satisfies Message, [...transfer])
      })
    },
    abandon(failure) {
      gone = failure
      for (const { reject } of open.values()) reject(fromFailure(failure))
      open.clear()
    },
  }
}

function aborted(): CodedError {
  return new CodedError('GDE_ABORTED', 'stopped before it was done')
}

/**
 * Answers the other side's requests. What a method throws travels as a coded error, without the credentials that this thread knows. Bytes in an answer's `transfer` are moved, not
 * copied.
 * @returns how to stop
 */
export function answerCalls<M extends Methods>(
  channel: Channel,
  handlers: Handlers<M>,
  transferOf: (value: unknown) => readonly Transferable[] = () => [],
): () => void {
  const running = new Map<number, AbortController>()

  async function answer(id: number, name: string, argument: unknown): Promise<void> {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const method = handlers[name]
      if (method === undefined) throw new CodedError('GDE_INTERNAL', `no method ${name}`)
      const value: unknown = await method(argument as never, controller.signal)
      channel.postMessage({ rpc: 'answer', id, value } satisfies Message, [...transferOf(value)])
    } catch (thrown) {
      channel.postMessage({ rpc: 'failure', id, failure: outgoingReport(toFailure(thrown)) } satisfies Message)
    } finally {
      running.delete(id)
    }
  }

  const listener = (message: unknown): void => {
    if (!isRpc(message)) return
    if (message.rpc === 'call') void answer(message.id, message.name, message.argument)
    else if (message.rpc === 'cancel') running.get(message.id)?.abort()
  }
  channel.on('message', listener)
  return () => {
    channel.off('message', listener)
    for (const controller of running.values()) controller.abort()
  }
}
