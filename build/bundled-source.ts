import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

const SOURCE = join(import.meta.dirname, '../src/')
const UTC_FORMAT = join(import.meta.dirname, 'bundle/utc-date-time-format.ts')
const UNDICI = join(import.meta.dirname, 'bundle/undici.js')

/** Source files as they are bundled: they cost the threads that run them less, and do the same. */
export const bundledSource: Plugin = {
  name: 'bundled-source',
  setup({ initialOptions, onLoad, onResolve }) {
    // undici leaves out its second parser, an experiment of 150 kB.
    initialOptions.define = { ...initialOptions.define, esbuildDetection: 'true' }
    // The Kubernetes client, which is rarely loaded, uses more of it.
    onResolve({ filter: /^undici$/ }, ({ importer }) => (importer.startsWith(SOURCE) ? { path: UNDICI } : undefined))
    onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = ascii(path.includes('/node_modules/node-cron/') ? inUtc(text) : text)
      return { contents, loader: /ts$/.test(path) ? 'ts' : 'js' }
    })
  },
}

/**
 * A text with one character beyond ASCII takes two bytes for each of its characters in every thread that runs it. esbuild escapes them but for
 * tagged templates and patterns, where an escape stands for the same.
 */
function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Schedules are in UTC, for which nothing has to be known of languages and time zones. @throws Error where it asks for more than that */
function inUtc(nodeCron: string): string {
  const text = nodeCron.replaceAll('new Intl.DateTimeFormat(', 'new UtcDateTimeFormat(')
  if (/\bIntl\b/.test(text)) throw new Error('node-cron uses more of Intl than is known here')
  return text === nodeCron ? text : `import { UtcDateTimeFormat } from ${JSON.stringify(UTC_FORMAT)};${text}`
}
