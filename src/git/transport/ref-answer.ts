import { buffer, text } from 'node:stream/consumers'
import type { HttpClient, ServerRef } from 'isomorphic-git'
import { CodedError } from '../../model/failure.ts'
import { isObjectId } from '../objects/git-object.ts'
import { FLUSH, packetLine, packetText, readPackets } from './pkt-line.ts'
import { isListed, LISTED, type Ref, type RefList } from './remote.ts'
import { type Greeting, serverError } from './upload-pack.ts'

/** Without both of its parts isomorphic-git fails instead of saying what is wrong. */
const SYMREF = /^symref=[^:]+:/

type RequestBody = NonNullable<Parameters<HttpClient['request']>[0]['body']>

/**
 * Reads an answer that isomorphic-git is to take apart, and refuses what it would misread: it takes damage and a missing end
 * for the end, an error for a ref, keeps however many lines there are, and looks for a peeled tag among all of them unless the
 * tag stands before it, where all servers have it.
 * @returns the bytes, and what a greeting says
 * @throws CodedError `GDE_GIT_PROTOCOL`, `GDE_TOO_LARGE`, and what reading throws
 */
export async function readRefAnswer(
  body: AsyncIterable<Uint8Array>,
  mostRefs: number,
): Promise<Greeting & { readonly bytes: Buffer }> {
  const bytes = await buffer(body)
  let version: Greeting['version'] = 0
  const capabilities: string[] = []
  let count = 0
  let name = ''
  let end = ''
  for await (const packet of readPackets([bytes])) {
    end = packet.type
    if (packet.type !== 'data') continue
    if (++count > mostRefs) throw new CodedError('GDE_TOO_LARGE', `the server lists more than ${mostRefs} refs`)
    const line = packetText(packet.bytes)
    if (line.startsWith('ERR ')) throw serverError(line.slice(4))
    if (line === 'version 2') version = 2
    else if (version === 2) capabilities.push(line)
    const [ref = '', list] = line.split('\0')
    if (list !== undefined) capabilities.push(...list.trim().split(' '))
    const before = name
    name = ref.split(' ')[1] ?? ''
    if (name.endsWith('^{}') && name !== 'capabilities^{}' && name !== `${before}^{}`)
      throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists a peeled tag without its tag')
  }
  if (capabilities.some((one) => one.startsWith('symref=') && !SYMREF.test(one)))
    throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists a symbolic ref without its target')
  if (end !== 'flush') throw new CodedError('GDE_GIT_PROTOCOL', 'the answer of the server ends too early')
  return { bytes, version, capabilities }
}

/** isomorphic-git asks for one prefix or for all refs there are; requests for review can be a hundred thousand. */
export async function withPrefixes(body: RequestBody, others: readonly string[]): Promise<string> {
  const request = await text(body)
  const prefixes = [...LISTED, ...others].map((prefix) => packetLine(`ref-prefix ${prefix}`))
  return `${request.slice(0, -FLUSH.length)}${prefixes.join('')}${FLUSH}`
}

/** What isomorphic-git read, without what nobody asked for: version 0 tells everything. @throws CodedError `GDE_GIT_PROTOCOL` */
export function refList(found: readonly ServerRef[], others: readonly string[]): RefList {
  const refs = new Map<string, Ref>()
  let headTarget: string | undefined
  for (const { ref: name, oid: id, peeled, target } of found) {
    if (typeof name !== 'string') throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists a ref without a name')
    if (!isListed(name, others)) continue
    if (!isObjectId(id)) throw new CodedError('GDE_GIT_PROTOCOL', `the server lists ${name} without an object ID`)
    refs.set(name, { id, ...(peeled !== undefined && isObjectId(peeled) ? { peeled } : {}) })
    if (name === 'HEAD') headTarget = target
  }
  return { refs, ...(headTarget === undefined ? {} : { headTarget }) }
}
