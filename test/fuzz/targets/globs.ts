import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { copyFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { doublestarGlob } from '../../../src/text/doublestar-glob.ts'
import { gobwasGlob } from '../../../src/text/gobwas-glob.ts'
import { pathMatch } from '../../../src/text/path-match.ts'
import type { TextMatcher } from '../../../src/text/pattern-machine.ts'
import fc from '../../fast-check.ts'
import type { FuzzTarget } from '../target.ts'

/**
 * What the libraries agree on with what they document. Where they contradict it (a star beside another one, a brace or a class that is not
 * closed, stars in braces, an empty text; a slash in a class, behind which Go's own does not look
 * back) nothing is asked.
 */
const PARTS = ['?', '[a-c]', '{a,b}', '{a,{b,é}}', '\\*', '\\?', '/', '/b/', '-', 'a', 'b', 'é', '😀', '.']
const NEGATED: Readonly<Record<Kind, string>> = {
  gobwas: '[a-b]',
  'gobwas/': '[a-b]',
  doublestar: '[a-b]',
  match: '[^a/]',
}
const TEXT = ['a', 'b', 'c', '/', '-', 'é', '😀', '*', '.', '?']

type Kind = 'gobwas' | 'gobwas/' | 'doublestar' | 'match'

const part = fc.constantFrom(...PARTS, 'negated')
const pattern = fc
  .tuple(
    fc.constantFrom('', '*', '**/'),
    fc.array(fc.tuple(part, fc.constantFrom('', '', '*')), { minLength: 1, maxLength: 5 }),
  )
  .map(([start, parts]) => `${start}${parts.map((both) => both.join('')).join('')}`)
  .filter((made) => !/\*[*{]|^\*\*\/\//.test(made.replace(/^\*\*\//, '')))
const text = fc
  .array(fc.constantFrom(...TEXT), { minLength: 1, maxLength: 6 })
  .map((all) => `a${all.join('')}`.replaceAll(/\/+/g, '/'))

const KINDS: Readonly<Record<Kind, (glob: string) => TextMatcher | undefined>> = {
  gobwas: (glob: string) => gobwasGlob(glob),
  'gobwas/': (glob: string) => gobwasGlob(glob, '/'),
  doublestar: doublestarGlob,
  match: pathMatch,
}
const question = fc
  .tuple(fc.constantFrom<Kind>('gobwas', 'gobwas/', 'doublestar', 'match'), pattern, text)
  .map(([kind, glob, name]): readonly [Kind, string, string] => [kind, glob.replaceAll('negated', NEGATED[kind]), name])
  // gobwas takes bytes for characters where it counts them.
  .filter(([kind, ...texts]) => !kind.startsWith('gobwas') || !/[éþ-\u{1ffff}]/u.test(texts.join('')))

const INPUTS = 200

/** Globs match what the libraries of Argo CD match. */
export const globs: FuzzTarget = {
  name: "globs and Go's",
  inputsPerRun: INPUTS,
  shortRuns: 10,
  skip: process.env.CI === undefined && spawnSync('go', ['version']).status !== 0 ? 'Go is not installed' : false,
  async prepare() {
    const program = await builtGlobs()
    return fc.property(fc.array(question, { minLength: 1, maxLength: INPUTS, size: 'max' }), (questions) => {
      const lines = questions.map((one) => `${JSON.stringify(one)}\n`).join('')
      const answers = execFileSync(program, { input: lines, encoding: 'utf8' })
      for (const [index, [kind, glob, name]] of questions.entries()) {
        if (answers[index] === 'p') continue
        const ours = KINDS[kind](glob)?.test(name) ?? false
        assert.equal(ours, answers[index] === 'y', `${kind} ${JSON.stringify(glob)} of ${JSON.stringify(name)}`)
      }
    })
  },
}

/** In the module that Argo CD itself is built of, which has these libraries in its versions. */
async function builtGlobs(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-globs-'))
  const [source, program] = [join(folder, 'globs.go'), join(folder, 'globs')]
  await copyFile(join(import.meta.dirname, '../go-globs.go.txt'), source)
  const module = join(import.meta.dirname, '../../tools/argocd')
  await promisify(execFile)('go', ['-C', module, 'build', '-o', program, source])
  return program
}
