import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { parseCommit } from '../../src/git/objects/commit-object.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { createWorkingRepository } from './working-repository.ts'

const MESSAGES = {
  'one line': 'scale payments to eleven',
  'a body': 'scale payments\n\nIt was slow.\n',
  'a paragraph of lines': 'scale payments\nto eleven\n\nIt was slow.\n',
  'empty lines before it': '\n\n  \nscale payments\n',
  'a line of spaces after it': 'scale payments\n \t\nIt was slow.\n',
  'letters of two bytes': 'größer — 拡大 🚀',
  'a line that looks like a header': 'author Mallory <m@example.com> 1 +0000',
}

test('the subject of a commit is what git itself calls so', async (t) => {
  await using folder = await temporaryFolder('commit')
  const work = await createWorkingRepository(folder.path)
  const tree = await work.git('mktree', '--missing')
  for (const [what, message] of Object.entries(MESSAGES))
    await t.test(what, async () => {
      const id = execFileSync(
        'git',
        ['-C', folder.path, '-c', 'user.name=Ada', '-c', 'user.email=a@example.com', 'commit-tree', tree],
        {
          input: message,
          encoding: 'utf8',
        },
      ).trim()
      const object = execFileSync('git', ['-C', folder.path, 'cat-file', 'commit', id])
      const { subject, author } = parseCommit(object)
      assert.equal(subject, await work.git('log', '-1', '--format=%s', id))
      assert.equal(author, 'Ada')
    })
})

test('a subject without end is cut, and a message that is no text or not there harms nothing', () => {
  const head = `tree ${'a'.repeat(40)}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n`
  const subjectOf = (message: string | Buffer) =>
    parseCommit(Buffer.concat([Buffer.from(head), Buffer.from(message)])).subject
  assert.equal(subjectOf(`\n${'x'.repeat(100_000)}`), 'x'.repeat(200))
  assert.equal(subjectOf(''), '')
  assert.equal(subjectOf('\n'), '')
  assert.ok(subjectOf(Buffer.from([10, 0xff, 0xfe, 0x41])).isWellFormed())
})
