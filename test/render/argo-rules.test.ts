import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RenderSource } from '../../src/model/sources/rendering.ts'
import type { ArgoSourceOptions } from '../../src/model/sources/source.ts'
import { buildEnvironment } from '../../src/render/argocd/build-environment.ts'
import { detectTool } from '../../src/render/argocd/tool-detection.ts'
import { insidePath } from '../../src/render/source-trees.ts'
import { gobwasGlob } from '../../src/text/gobwas-glob.ts'
import fc from '../fast-check.ts'

test('globs match as gobwas compiles them without separators', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['*.yaml', ['a.yaml', 'x/a.yaml', '.yaml'], ['a.yml', 'a.yaml.bak']],
    ['**', ['', 'a', 'a/b'], []],
    ['a?c', ['abc', 'a/c'], ['ac', 'abbc']],
    ['{a,b/*}.yaml', ['a.yaml', 'b/c.yaml', 'b/c/d.yaml'], ['c.yaml', 'b.yaml']],
    ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['b', 'd']],
    ['[ab].json', ['a.json', 'b.json'], ['c.json', 'ab.json']],
    ['[a-c]x', ['ax', 'cx'], ['dx']],
    ['[!a-c]x', ['dx'], ['ax']],
    ['[!ab]x', ['cx'], ['ax', 'bx']],
    ['a\\*b', ['a*b'], ['axb']],
    ['a.b+(c)|^$', ['a.b+(c)|^$'], ['aXb+(c)|^$']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['{a,b', ['a', 'b'], ['{a', 'c']],
    ['a\\', ['a'], ['a\\']],
    ['ü?', ['ü😀'], ['ü']],
    ['', [''], ['a']],
  ]
  for (const [pattern, matching, others] of cases) {
    const glob = gobwasGlob(pattern)
    for (const text of matching) assert.ok(glob?.test(text), `${pattern} matches ${text}`)
    for (const text of others) assert.ok(!glob?.test(text), `${pattern} does not match ${text}`)
  }
})

test('what is no glob is none', () => {
  for (const pattern of ['[', '[]', '[!]', '[c-a]', '{a,[}']) assert.equal(gobwasGlob(pattern), undefined, pattern)
})

test('any text is a glob or none, and text without magic matches itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (pattern, text) => {
      const glob = gobwasGlob(pattern)
      glob?.test(text)
      if (!/[*?[\]{},\\]/.test(pattern)) assert.ok(glob?.test(pattern))
    }),
  )
})

const SOURCE: RenderSource = {
  tree: { gitDirectory: '/repo.git', commit: '0123456789abcdef0123456789abcdef01234567', tree: 'fedcba' },
  path: 'apps/shop',
  targetRevision: 'main',
  url: 'https://git.example.com/shop.git',
  options: { tool: 'none' },
}
const SOURCE_OPTIONS: ArgoSourceOptions = {
  tool: 'argocd',
  directory: {},
  kustomize: {},
  helm: {},
  appName: 'team_shop',
  namespace: 'web',
  project: 'default',
}

test('the build environment expands as Go does', () => {
  const { substitute } = buildEnvironment(SOURCE, SOURCE_OPTIONS)
  const braced = (name: string): string => `$\{${name}}`
  assert.equal(substitute('$ARGOCD_APP_NAME'), 'team_shop')
  assert.equal(substitute(`a-${braced('ARGOCD_APP_NAMESPACE')}-b`), 'a-web-b')
  assert.equal(substitute('$ARGOCD_APP_REVISION_SHORT $ARGOCD_APP_REVISION_SHORT_8'), '0123456 01234567')
  assert.equal(
    substitute('$ARGOCD_APP_SOURCE_REPO_URL:$ARGOCD_APP_SOURCE_PATH'),
    'https://git.example.com/shop.git:apps/shop',
  )
  assert.equal(substitute('$ARGOCD_APP_SOURCE_TARGET_REVISION/$ARGOCD_APP_PROJECT_NAME'), 'main/default')
  assert.equal(substitute('$NOTHING.'), '.')
  assert.equal(substitute('$$ARGOCD_APP_NAME'), '$ARGOCD_APP_NAME')
  assert.equal(substitute('costs 5$ or $, $1.'), 'costs 5$ or $, .')
  assert.equal(substitute(`${braced('')}x${braced('$')}`), 'x$')
  assert.equal(substitute(`$${'{'}x`), 'x')
})

test('the last name in byte order decides which tool it is', () => {
  const tool = (...names: readonly string[]) =>
    detectTool(names.map((name) => ({ name, type: 'file', symlink: false })))
  assert.equal(tool('a.yaml', 'README.md'), 'directory')
  assert.equal(tool('Chart.yaml', 'a.yaml'), 'helm')
  assert.equal(tool('kustomization.yaml', 'Chart.yaml'), 'kustomize')
  assert.equal(tool('Kustomization', 'Chart.yaml'), 'kustomize')
  assert.equal(tool('Kustomization', 'My-Chart.yaml'), 'helm')
  assert.equal(tool('kustomization.yml'), 'kustomize')
  assert.equal(detectTool([{ name: 'Chart.yaml', type: 'directory', symlink: false }]), 'directory')
})

test('a path inside the repository stays inside, or there is none', () => {
  assert.equal(insidePath('a/b', '../c/./d//e'), 'a/c/d/e')
  assert.equal(insidePath('', '/a'), 'a')
  assert.equal(insidePath('a', '../..'), undefined)
  assert.equal(insidePath('a', '..'), '')
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '..', '.', '')), (names) => {
      const path = insidePath('x', names.join('/'))
      assert.ok(path === undefined || !path.split('/').some((name) => name === '..' || name === '.'))
    }),
  )
})
