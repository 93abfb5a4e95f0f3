import { RESTART_KEYS } from '../src/config/restart-keys.ts'
import { ConfigSchema } from '../src/config/schema.ts'
import type { GeneratedFile } from './generated-file.ts'

/** docs/config.schema.json, for editors and CI. */
export const configSchema: GeneratedFile = {
  path: 'docs/config.schema.json',
  make: () => `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...ConfigSchema }, null, 2)}\n`,
}

interface Field {
  readonly type?: string | undefined
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Field>> | undefined
  readonly items?: Field | undefined
  readonly required?: readonly string[] | undefined
}

const RESTART = new Set(RESTART_KEYS.map(({ key }) => key))

/** Its items have the keys of `source`, which are listed once. */
const SOURCES = 'apps[].sources'

/** docs/config.md: every key of the schema in one table. */
export const configPage: GeneratedFile = {
  path: 'docs/config.md',
  make: () => {
    const rows = rowsOf(ConfigSchema, '')
    return [
      '<!-- Made from src/config/schema.ts by `npm run generate`. -->\n',
      '# Configuration\n',
      'One YAML file. [config.example.yaml](config.example.yaml) shows all of it, [config.schema.json](config.schema.json) is its JSON Schema.\n',
      '- Unknown keys, names given twice and values that cannot be meant are errors; `gitops-drift-exporter validate --config FILE` tells all of them with line and column.',
      '- Paths and `file:` URLs are relative to the file. Secrets come from files, which are read again at each use; environment variables are not expanded.',
      '- `serve` reads the file again when it changes and on SIGHUP. A file that cannot be used changes nothing and shows in `gitops_exporter_config_last_reload_successful`. What takes effect only at the next start says so below.',
      '- `webConfigFile`: [web-config.md](web-config.md). `pages.access`: [access.md](access.md). `links`: [links.md](links.md).',
      '- An app with `clusterSelector` is one app in each cluster that it matches.',
      '- `showValues`: who can write to an app’s repository decides what the app declares, and must not read by that what is live elsewhere. So live values are shown (pages, `check`) for objects in the destination’s namespace, in these namespaces, and for objects that carry the app’s tracking label or annotation (`tracking`); of others, state and path alone. Apps of controllers show those that carry theirs. Values of Secrets are never shown.\n',
      '| key | type | default | meaning |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n')
  },
}

function rowsOf(field: Field, path: string): readonly string[] {
  return Object.entries(field.properties ?? {}).flatMap(([name, inner]) => {
    const here = path === '' ? name : `${path}.${name}`
    const below = here === SOURCES ? [] : rowsBelow(inner, here)
    const needed = field.required?.includes(name) === true ? 'needed' : ''
    // A map that is left out has what its keys are, which stands in their rows.
    const value =
      inner.default === undefined || inner.type === 'object' ? needed : `\`${JSON.stringify(inner.default)}\``
    const meaning = `${cell(inner.description ?? '')}${RESTART.has(here) ? ' Takes effect at the next start.' : ''}`
    return [`| \`${here}\` | ${typeOf(inner)} | ${value} | ${meaning} |`, ...below]
  })
}

function rowsBelow(field: Field, path: string): readonly string[] {
  return field.items?.properties === undefined ? rowsOf(field, path) : rowsOf(field.items, `${path}[]`)
}

function typeOf(field: Field): string {
  if (field.type === 'array')
    return field.items?.properties === undefined ? `list of ${typeOf(field.items ?? {})}` : 'list'
  if (field.type === 'object') return field.properties === undefined ? 'map' : ''
  if (field.title !== undefined) return cell(field.title)
  return field.type === 'integer' ? 'number' : field.type === 'boolean' ? 'true, false' : (field.type ?? 'any')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
