import { resolve } from 'node:path'
import { loadConfig, parseConfig } from '../../config/load-config.ts'
import type { Settings } from '../../model/settings.ts'
import { lookAround } from './surroundings.ts'

/** Paths of a config that is not there are relative to the working directory. */
export const NO_CONFIG = { text: '{}', path: resolve('config.yaml') }

/** The config file, or none, with what is found where it names neither apps nor discovery. @throws as `loadConfig` */
export async function loadSettings(path: string | undefined, signal: AbortSignal): Promise<Settings> {
  const settings = path === undefined ? parseConfig(NO_CONFIG.text, NO_CONFIG.path) : await loadConfig(path)
  return lookAround(settings, signal)
}
