import type { TSchema } from '@sinclair/typebox'
import type { Settings } from '../model/settings.ts'
import { DURATION_PATTERN, durationSeconds } from './duration.ts'
import { NEEDS_RESTART } from './field-schema.ts'
import { type ConfigFile, ConfigSchema } from './schema.ts'

interface RestartKey {
  /** The path in the file, such as `metrics.port`. */
  readonly key: string
  readonly schema: TSchema
}

/** Every key whose value is read once, at the start: those that the schema marks. */
export const RESTART_KEYS: readonly RestartKey[] = markedKeys(ConfigSchema.properties, '')

function markedKeys(properties: Readonly<Record<string, TSchema>>, above: string): readonly RestartKey[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = `${above}${name}`
    return NEEDS_RESTART in schema ? [{ key, schema }] : markedKeys(schema.properties ?? {}, `${key}.`)
  })
}

export function restartValues(config: ConfigFile): Settings['atNextStart'] {
  return Object.fromEntries(RESTART_KEYS.map(({ key, schema }) => [key, valueText(valueAt(config, key), schema)]))
}

/** The keys that have other values at the next start than they had at this one. */
export function changedRestartKeys(first: Settings, next: Settings): readonly string[] {
  return RESTART_KEYS.map(({ key }) => key).filter((key) => first.atNextStart[key] !== next.atNextStart[key])
}

function valueAt(config: ConfigFile, key: string): unknown {
  const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null
  return key.split('.').reduce<unknown>((value, name) => (isMap(value) ? value[name] : undefined), config)
}

/** `60s` changes nothing where `1m` was. */
function valueText(value: unknown, schema: TSchema): string {
  const isDuration = schema.pattern === DURATION_PATTERN && typeof value === 'string'
  return JSON.stringify(isDuration ? durationSeconds(value) : value)
}
