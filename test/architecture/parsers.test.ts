import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { sourceFiles } from './imports.ts'

const SOURCE = join(import.meta.dirname, '../../src')

/** Whoever turns text into values or unpacks bytes, and why that is bounded. */
const PARSERS: Readonly<Record<string, string>> = {
  'kubernetes/serialization/json.ts': 'asks the budget of memory before it parses',
  'kubernetes/serialization/yaml.ts': 'asks the budget while it parses',
  'kubernetes/serialization/yaml-events.ts': 'what yaml.ts found to be small, whose events it asked the budget for',
  'kubernetes/serialization/yaml-value.ts': 'makes values of what yaml.ts parsed, up to a number',
  'commands/demo/demo-fixture.ts': 'unpacks what this program brings along',
  'config/config-document.ts': 'the config file, which is trusted',
  'engine/state/saved-state.ts': 'a file of our own, read up to a size',
  'engine/state/live-format.ts': 'the same; each cluster in it, up to a size, where its checksum holds',
  'git/mirrors/mirror-state.ts': 'a file of our own, read up to a size',
  'kubernetes/builtin/table.ts': 'a table of this program',
  'sandbox/sandbox.ts': 'an error that the sandbox reports, cut by it',
  'sandbox/quotes.ts': 'what this thread wrote for the sandbox a moment before',
  'engine/desired/packed-object.ts': 'unpacks what this program packed',
  'clusters/snapshot/packed-json.ts': 'unpacks what this program packed',
  'metrics/exposition/gzip-block.ts': 'unpacks text that this program packed',
  'clusters/server/api/body.ts': 'counts what comes out, and stops',
  'render/release/helm-storage.ts': 'unpacks up to a size, and asks the budget before it decodes',
  'git/objects/inflate.ts': 'unpacks to the size that the object says, which has a limit',
  'git/objects/object-directory.ts': 'unpacks the first bytes of an object',
  'sandbox/remote-need.ts': 'a question of the sandbox, a few names',
  'http/api/openapi.ts': 'a description of this program',
  'credentials/credential-helper.ts': 'what a program of the config prints, up to a size',
  'credentials/github-app.ts': 'an answer of an API, up to a size',
  'http/access/signed-cookie.ts': 'a cookie that this program has signed',
  'http/pages/client/live.ts': 'an event of this program, in the browser',
  'http/pages/generated/client-script.ts': 'the same, bundled',
  'http/web/cursor.ts': 'a part of a URL, which the listener cuts',
  'sources/tracking/source-state.ts': 'a file of our own, read up to a size',
  'sources/helm/helm-index.ts': 'one chart of an index, or a small index, up to a size',
  'sources/helm/index-entry.ts': 'one version of a chart, up to a size',
  'sources/helm/index-scan.ts': 'one key of an index',
  'sources/archive/bounded-gunzip.ts': 'counts what comes out, and stops',
  'git/packs/pack-scan.ts': 'counts what comes out, and stops',
}

const PARSES =
  /\bJSON\.parse\(|\b(?:gunzip|inflate|inflateRaw|unzip|brotliDecompress|zstdDecompress)(?:Sync)?\(|\bcreate(?:Gunzip|Inflate|Unzip|BrotliDecompress)\w*\(|from '(?:js-)?yaml'/

test('text and packed bytes are read by a listed few, each with a bound', async () => {
  const found: string[] = []
  for (const file of await sourceFiles()) if (PARSES.test(await readFile(join(SOURCE, file), 'utf8'))) found.push(file)
  const known = Object.keys(PARSERS)
  assert.deepEqual(
    found.filter((file) => !known.includes(file)),
    [],
    'read it by src/kubernetes/serialization, or say here what bounds it',
  )
  assert.deepEqual(
    known.filter((file) => !found.includes(file)),
    [],
    'these read nothing any more',
  )
})
