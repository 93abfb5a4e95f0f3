import { buffer, text } from 'node:stream/consumers'
import type { HttpClient, ServerRef } from 'isomorphic-git'
import { CodedError } from '../../model/failure.ts'
import { isObjectId } from '../objects/git-object.ts'
import { FLUSH, packetLine, packetText, readPackets } from './pkt-line.ts'
import { isListed, LISTED, type Ref, type RefList } from './remote.ts'
import { type Advertisement, serverError } from './upload-pack.ts'

/** Without both of its parts isomorphic-git fails instead of saying what is wrong. */
const SYMREF = /^symref=[^:]+:/

type RequestBody = NonNullable<Parameters<HttpClient['request']>[0]['body']>

/**
 * Reads and validates a response before isomorphic-git parses it, since that takes a damaged or truncated response for
 * complete and an error for a ref, has no limit on lines, and searches all lines for a peeled tag unless its tag is the
 * line before, where all servers put it.
 * @returns the bytes, and the capabilities that an advertisement lists
 * @throws CodedError `GDE_GIT_PROTOCOL`, `GDE_TOO_LARGE`, and what reading throws
 */
export async function readRefAnswer(
  body: AsyncIterable<Uint8Array>,
  mostRefs: number,
): Promise<Advertisement & { readonly bytes: Buffer }> {
  const bytes = await buffer(body)
  let version: Advertisement['version'] = 0
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

/**
 * Adds prefixes: isomorphic-git can ask for one prefix or for all refs, of which review requests can be a hundred
 * thousand.
 */
export async function withPrefixes(body: RequestBody, extraRefs: readonly string[]): Promise<string> {
  const request = await text(body)
  const prefixes = [...LISTED, ...extraRefs].map((prefix) => packetLine(`ref-prefix ${prefix}`))
  return `${request.slice(0, -FLUSH.length)}${prefixes.join('')}${FLUSH}`
}

/** The refs that were asked for: servers of version 0 list all. @throws CodedError `GDE_GIT_PROTOCOL` */
export function refList(found: readonly ServerRef[], extraRefs: readonly string[]): RefList {
  const refs = new Map<string, Ref>()
  let headTarget: string | undefined
  for (const { ref: name, oid: id, peeled, target } of found) {
    if (typeof name !== 'string') throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists a ref without a name')
    if (!isListed(name, extraRefs)) continue
    if (!isObjectId(id)) throw new CodedError('GDE_GIT_PROTOCOL', `the server lists ${name} without an object ID`)
    refs.set(name, { id, ...(peeled !== undefined && isObjectId(peeled) ? { peeled } : {}) })
    if (name === 'HEAD') headTarget = target
  }
  return { refs, ...(headTarget === undefined ? {} : { headTarget }) }
}
