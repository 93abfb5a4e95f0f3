import { CodedError } from '../../model/failure.ts'
import type { SourceContext } from './source-context.ts'
import { isKustomization } from './tool-detection.ts'

/** Folders that kustomize was in when it failed: the last match is the innermost. */
const FOLDER = /(?:recursed accumulation of path|couldn't make target for path) '([^']+)'/g
const FILE = /in File: (\S+)/
const LINE = /yaml: line (\d+)/
/**
 * Quotes that are removed, since they may hold values of a Secret: literals that lack their `=`, and whole inline
 * patches.
 */
const QUOTES: readonly (readonly [RegExp, string])[] = [
  [
    /literal sources \[.*?\]: invalid literal source .*?, expected key=value/s,
    'a literal is not of the form key=value',
  ],
  [/ with config: `\n.*?\n`/s, ''],
  [/ from \[patch: .*\]/s, ' from the inline patch'],
]

/**
 * Says where an error of kustomize lies: the file that it names, else the kustomization that it was in. Its own
 * messages name files relative to one of the folders in the message.
 */
export function kustomizeFailure({ failure }: CodedError, { index, path, files }: SourceContext): CodedError {
  const { code, message, ...where } = failure
  const said = QUOTES.reduce((text, [quote, instead]) => text.replace(quote, instead), message).trim()
  const folder = [...message.matchAll(FOLDER)].at(-1)?.[1] ?? path
  const named = FILE.exec(message)?.[1]
  const kustomization = files.listEntries(index, folder)?.find(({ name }) => isKustomization(name))?.name
  const name = named ?? kustomization
  const line = LINE.exec(message)?.[1]
  return new CodedError(code, said, {
    ...(name !== undefined && { file: folder === '' ? name : `${folder}/${name}` }),
    ...(name !== undefined && line !== undefined && { line: Number(line) }),
    ...where,
  })
}
