import { CodedError } from '../../model/failure.ts'
import type { Advertisement } from './upload-pack.ts'

export const SERVICE = 'git-upload-pack'

/** What a server said first, and how it is asked for more. */
export interface Conversation extends Advertisement {
  /** The advertisement as HTTP sends it, with the name of the service before it. */
  readonly bytes: Buffer
  /**
   * Sends one request.
   * @returns the bytes of the answer, which end with it
   */
  ask(body: string, maxBytes: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Nothing more is asked. */
  end(): void
}

/** `git-upload-pack` of one repository, whatever its bytes travel on. */
export interface UploadPack {
  /**
   * @param purpose a list has to be one of this moment: what is known of the server is good enough for fetching
   * @throws CodedError `GDE_GIT_*`, `GDE_CREDENTIALS`, `GDE_TIMEOUT`, `GDE_TOO_LARGE`, `GDE_NOT_PERMITTED`
   */
  open(purpose: 'list' | 'fetch', signal: AbortSignal): Promise<Conversation>
  /** What is known of the server counts no more. */
  forget(): void
  close(): Promise<void>
}

/** @throws CodedError `GDE_GIT_UNSUPPORTED` for a repository whose objects have other names */
export function refuseSha256({ capabilities }: Advertisement): void {
  const format = capabilities.find((one) => one.startsWith('object-format='))?.slice('object-format='.length)
  if (format !== undefined && format !== 'sha1')
    throw new CodedError('GDE_GIT_UNSUPPORTED', `the repository names its objects by ${format}`)
}
