import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AppSummary } from '../../../src/model/fleet.ts'
import { visibleText } from '../../../src/model/visible-text.ts'
import {
  checkCommand,
  diffCommands,
  renderCommand,
  silenceCommand,
} from '../../../src/presentation/acting/app-commands.ts'
import { shellLine, shellOption, shellWord } from '../../../src/presentation/acting/shell-text.ts'
import { appReport } from '../../metrics/reports.ts'

const HOSTILE = `x'; touch /tmp/owned; $(reboot) \`id\` "\\ \n\u001b[31m *~`
const app = (name: string, rest: Partial<AppSummary> = {}): AppSummary => appReport(name, rest).summary

/** The words that a shell makes of a line: those behind `|` belong to another command. */
function wordsOf(line: string): readonly string[] {
  const script = `for word in ${line}; do printf '%s\\0' "$word"; done`
  return execFileSync('sh', ['-c', script], { cwd: '/', env: {}, encoding: 'utf8' }).split('\0').slice(0, -1)
}

test('a shell takes every word as it is shown, whatever it holds', () => {
  for (const word of [HOSTILE, '-rf', '--app=x', '~', '=x', '#x', '!x', '{a,b}', '*', ' ', "''", 'ü', '%s'])
    assert.deepEqual(wordsOf(shellWord(word)), [visibleText(word)])
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (word) => {
      assert.deepEqual(wordsOf(shellWord(word)), [visibleText(word)])
    }),
    { numRuns: 50 },
  )
})

test('a value that begins with a dash is no option, and none is no option either', () => {
  assert.deepEqual(wordsOf(shellLine('x', shellOption('app', '--all'), shellOption('cluster', ''))), [
    'x',
    '--app=--all',
  ])
})

test('the tools of each controller show what differs', () => {
  const argocd = app('shop', { controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace: 'argocd' })
  assert.deepEqual(
    diffCommands(argocd).map(({ text }) => text),
    [
      'argocd app diff argocd/shop',
      'gitops-drift-exporter check --config config.yaml --app shop --cluster prod-us --diff',
      'gitops-drift-exporter render --config config.yaml --app shop --cluster prod-us --kind Application --namespace argocd | kubectl diff -f -',
    ],
  )
  const flux = app('shop', { controller: 'flux', kind: 'Kustomization', declaredIn: 'prod-us', namespace: 'apps' })
  assert.equal(diffCommands(flux)[0]?.text, 'flux diff kustomization --namespace apps --path ./apps/shop shop')
  const release = { ...flux, kind: 'HelmRelease' }
  assert.ok(diffCommands(release).every(({ text }) => !text.startsWith('flux')))
})

test('names that a shell would obey are names in every command', () => {
  for (const controller of ['argocd', 'flux', 'helm', 'static'] as const) {
    const hostile = app(HOSTILE, {
      ...{ controller, kind: 'Kustomization', namespace: HOSTILE, destination: HOSTILE, declaredIn: HOSTILE },
      sources: [{ url: HOSTILE, path: HOSTILE, targetRevision: HOSTILE }],
    })
    const lines = [...diffCommands(hostile), silenceCommand(hostile)].flatMap(({ text }) =>
      text.split(' | kubectl diff -f -'),
    )
    for (const line of lines) {
      if (line === '') continue
      const words = wordsOf(line)
      assert.ok(
        words.some((word) => word.includes(visibleText(HOSTILE).slice(0, 20))),
        line,
      )
      assert.ok(words.length < 16, line)
      assert.equal(line, visibleText(line))
    }
  }
})

test('check and render have the options that the commands name', async () => {
  const { COMMANDS } = await import('../../../src/commands/command-list.ts')
  const flux = app('shop', { controller: 'flux', kind: 'Kustomization', declaredIn: 'prod-us', namespace: 'apps' })
  for (const [line, options] of [
    [checkCommand(flux), COMMANDS.check.options],
    [renderCommand(flux), COMMANDS.render.options],
  ] as const)
    for (const [, name = ''] of line.matchAll(/--([a-z-]+)/g)) assert.ok(Object.hasOwn(options, name), name)
})

test('a silence has the labels that name the app', () => {
  const line = silenceCommand(app('a"b', { namespace: '' })).text
  assert.deepEqual(wordsOf(line).slice(3), [
    ...['--duration', '2h', '--comment', 'drift of a"b'],
    ...['app_name="a\\"b"', 'app_kind="App"', 'controller="static"', 'dest_cluster="prod-us"'],
  ])
})
