import { basename, resolve } from 'node:path'
import type { Failure } from '../model/failure.ts'
import type { Settings } from '../model/settings.ts'
import { CONFIG_SHAPE, checkShape } from './check-shape.ts'
import { parseConfigDocument } from './config-document.ts'
import { ConfigError } from './config-error.ts'
import { startParsing } from './parse-context.ts'
import { readConfigFile } from './read-config-file.ts'
import { readSettings } from './read-settings.ts'

/**
 * Reads, parses and checks a config file.
 * @throws CodedError `GDE_CONFIG_READ`, `GDE_TOO_LARGE`; ConfigError `GDE_CONFIG_SYNTAX`, `GDE_CONFIG_INVALID` with all that is wrong
 */
export async function loadConfig(path: string): Promise<Settings> {
  const absolute = resolve(path)
  return parseConfig(await readConfigFile(absolute, basename(absolute)), absolute)
}

/** The same for a text that was read already; `path` is the absolute path of its file. */
export function parseConfig(text: string, path: string): Settings {
  const file = basename(path)
  const document = parseConfigDocument(text, file)
  const { config, failures: mistakes } = checkShape(document, file, CONFIG_SHAPE)
  if (config === undefined) throw new ConfigError(mistakes.map(({ failure }) => failure).toSorted(byPosition))
  const isBroken = (pointer: string): boolean =>
    mistakes.some((mistake) => mistake.pointer === pointer || mistake.pointer.startsWith(`${pointer}/`))
  const { context, failures } = startParsing(document, path, file, isBroken)
  const settings = readSettings(config, context)
  const all = [...mistakes.map(({ failure }) => failure), ...failures]
  if (all.length > 0) throw new ConfigError(all.toSorted(byPosition))
  return settings
}

function byPosition(one: Failure, two: Failure): number {
  return (one.line ?? 0) - (two.line ?? 0) || (one.column ?? 0) - (two.column ?? 0)
}
