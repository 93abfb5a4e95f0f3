import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import { readEpisodes } from './read-episodes.ts'

const KILLS = 50

/** Lets the process run until it said so many things, and kills it there. @returns all that it said */
async function runUntilKilled(stateDirectory: string, lines: number): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'flapping.ts'), stateDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    said += text
    if (said.split('\n').length > lines) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  assert.deepEqual([code, signal], [null, 'SIGKILL'], said)
  return said.slice(0, said.lastIndexOf('\n'))
}

test(`killed ${KILLS} times at random, the journal lost, doubled and moved no episode`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'journal-killed-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const begun = new Set<string>()
  const ended = new Set<string>()
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (const line of (await runUntilKilled(folder, 1 + Math.floor(Math.random() * 60))).split('\n')) {
      const [what, name, time] = line.split(' ')
      assert.notEqual(what, 'log', line)
      if (what === 'begin') begun.add(`${name} ${time}`)
      if (what === 'end') ended.add(`${name} ${time}`)
    }
  }
  const byApp = Map.groupBy(readEpisodes(journalPath(folder)), ({ app }) => app.name)
  const kept = { begun: new Set<string>(), ended: new Set<string>() }
  for (const [name, episodes] of byApp) {
    let free = Number.NEGATIVE_INFINITY
    for (const [index, { seen, began, ended: end }] of episodes.entries()) {
      assert.equal(began, seen)
      assert.ok(seen >= free, `${name} drifts twice at ${seen}`)
      assert.ok(end !== undefined || index === episodes.length - 1, `${name} began anew at ${seen} without an end`)
      free = end ?? seen
      kept.begun.add(`${name} ${seen}`)
      if (end !== undefined) kept.ended.add(`${name} ${end}`)
    }
  }
  assert.ok(begun.size > KILLS, `only ${begun.size} were told`)
  assert.deepEqual([...begun.difference(kept.begun)], [], 'lost')
  assert.deepEqual([...ended.difference(kept.ended)], [], 'ends lost or moved')
  // What was kept and not yet said when the kill came is at most one of each app.
  assert.ok(kept.begun.difference(begun).size <= KILLS * 8)
})
