import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Failure } from '../model/failure.ts'
import { pointerText } from './check-shape.ts'
import type { ConfigDocument } from './config-document.ts'

/** Collects what is wrong while a file is turned into settings, so that all of it is reported at once. */
export interface ParseContext {
  /** Absolute path of the config file. */
  readonly path: string
  /** Whether the file itself has this key, and not only its default. */
  isWritten(pointer: string): boolean
  reportIssue(pointer: string, message: string): void
  /** Reports an issue at the position of the key instead of its value. */
  reportKeyIssue(pointer: string, message: string): void
  /** Paths are relative to the folder of the file. */
  absolute(path: string): string
  /** `file:` URLs may be relative to the folder of the file; all others stay as they are. */
  absoluteUrl(url: string): string
}

/** @param isBroken whether the schema check has reported this pointer already: nothing else is reported there */
export function startParsing(
  document: ConfigDocument,
  path: string,
  file: string,
  isBroken: (pointer: string) => boolean,
): { readonly context: ParseContext; readonly failures: readonly Failure[] } {
  const failures: Failure[] = []
  const folder = dirname(path)
  const add = (
    pointer: string,
    message: string,
    position: { readonly line: number; readonly column: number },
  ): void => {
    if (isBroken(pointer)) return
    failures.push({ code: 'GDE_CONFIG_INVALID', message: `${pointerText(pointer)}: ${message}`, file, ...position })
  }
  return {
    failures,
    context: {
      path,
      isWritten: (pointer) => document.has(pointer),
      reportIssue: (pointer, message) => add(pointer, message, document.valueAt(pointer)),
      reportKeyIssue: (pointer, message) => add(pointer, message, document.keyAt(pointer)),
      absolute: (text) => resolve(folder, text),
      absoluteUrl: (url) => absoluteFileUrl(url, folder),
    },
  }
}

function absoluteFileUrl(url: string, folder: string): string {
  if (!/^file:/i.test(url)) return url
  const path = decodeURI(url.slice('file:'.length).replace(/^\/\/(?=\/|\.)/, ''))
  const href = pathToFileURL(resolve(folder, path)).href
  // A rewrite's `file:///srv/` must keep its slash: the rest of a URL follows it.
  return path.endsWith('/') && !href.endsWith('/') ? `${href}/` : href
}
