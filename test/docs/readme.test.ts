import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../src/commands/command-list.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'

const ROOT = join(import.meta.dirname, '../..')
const README = await readFile(join(ROOT, 'README.md'), 'utf8')

async function pagesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, folder))
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
}

test('the config in the README can be used', () => {
  const [config] = [...README.matchAll(/```yaml\n(# config.yaml\n[\s\S]*?)```/g)].map((match) => match[1])
  assert.ok(config !== undefined)
  assert.equal(parseConfig(config, '/etc/gitops/config.yaml').apps.length, 1)
})

test('the discovery in the README can be used', () => {
  const [config] = [...README.matchAll(/```yaml\n(clusters:\n[\s\S]*?)```/g)].map((match) => match[1])
  assert.ok(config !== undefined)
  const { argocd, flux, helm } = parseConfig(config, '/etc/gitops/config.yaml').discovery
  assert.deepEqual([argocd.length, flux.length, helm.length], [1, 1, 1])
})

test('the commands that the README shows are there', () => {
  const shown = [...README.matchAll(/node dist\/main\.js ([a-z]+)/g)].map((match) => match[1] ?? '')
  const known = Object.keys(COMMANDS)
  assert.ok(shown.length > 3)
  assert.deepEqual(
    shown.filter((name) => !known.includes(name)),
    [],
  )
})

test('the metrics that the README shows are in the catalogue', () => {
  const known: readonly string[] = CATALOGUE.map(({ name }) => name)
  const shown = [...README.matchAll(/^(gitops_[a-z_]+)\{/gm)].map((match) => match[1] ?? '')
  assert.ok(shown.length > 5)
  assert.deepEqual(
    shown.filter((name) => !known.includes(name)),
    [],
  )
})

for (const page of ['README.md', 'ARCHITECTURE.md', ...(await pagesOf('docs'))])
  test(`links of ${page} lead somewhere`, async () => {
    const text = await readFile(join(ROOT, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '')
    assert.deepEqual(
      targets.filter((target) => !existsSync(join(ROOT, page, '..', target))),
      [],
    )
  })
