import { CodedError } from '../../model/failure.ts'
import type { SourceContext } from './source-context.ts'
import { isKustomization } from './tool-detection.ts'

/** Folders that kustomize was in when it failed: the last match is the innermost. */
const FOLDER = /(?:recursed accumulation of path|couldn't make target for path) '([^']+)'/g
const FILE = /in File: (\S+)/
/** How the sandbox calls the folder of a remote base: `url//path`. */
const REMOTE = /^(?:[a-z+]+:\/\/|[^/]+@[^/]+:)/
const LINE = /yaml: line (\d+)/
/**
 * Says where an error of kustomize lies: the file that it names, else the kustomization that it was in. Its own
 * messages name files relative to one of the folders in the message.
 */
export function kustomizeFailure({ failure }: CodedError, { index, path, files }: SourceContext): CodedError {
  const { code, message, ...where } = failure
  const folder = [...message.matchAll(FOLDER)].at(-1)?.[1] ?? path
  const named = FILE.exec(message)?.[1]
  // What a remote folder is called is in no source.
  const entries = REMOTE.test(folder) ? undefined : files.listEntries(index, folder)
  const kustomization = entries?.find(({ name }) => isKustomization(name))?.name
  const name = named ?? kustomization
  const line = LINE.exec(message)?.[1]
  return new CodedError(code, message, {
    ...(name !== undefined && { file: `${prefixOf(folder)}${name}` }),
    ...(name !== undefined && line !== undefined && { line: Number(line) }),
    ...where,
  })
}

function prefixOf(folder: string): string {
  if (folder === '') return ''
  const isRoot = REMOTE.test(folder) && !folder.replace(REMOTE, '').includes('//')
  return isRoot ? `${folder}//` : `${folder}/`
}
