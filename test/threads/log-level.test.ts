import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filterLog, LOG_LEVELS, type LogLevel } from '../../src/model/log.ts'
import { app, configMap, createFixture, inventory, isStatus } from '../engine/engine-fixture.ts'
import { run } from './running-runtime.ts'

test('a log drops what is below its level, and no more', () => {
  const written = (minLevel: LogLevel): readonly LogLevel[] => {
    const levels: LogLevel[] = []
    const log = filterLog(minLevel, (level) => levels.push(level))
    for (const level of LOG_LEVELS) log(level, 'a line')
    return levels
  }
  assert.deepEqual(written('trace'), ['trace', 'debug', 'info', 'warn', 'error'])
  assert.deepEqual(written('info'), ['info', 'warn', 'error'])
  assert.deepEqual(written('error'), ['error'])
})

/** The lines of a runtime that evaluated an app; its log takes whatever comes. */
async function linesOf(logLevel?: LogLevel) {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await run(fixture, logLevel === undefined ? {} : { logLevel })
  running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.until('shop', isStatus('Synced'))
  return running.logged
}

test('at level debug, lines of the engine thread and of the git thread arrive', async () => {
  const messages = (await linesOf('debug')).filter(({ level }) => level === 'debug').map(({ message }) => message)
  assert.ok(messages.includes('reconciling an inventory'), 'of the engine')
  assert.ok(messages.includes('an engine is connected to git'), 'of git')
})

test('otherwise no thread sends them', async () => {
  const lines = await linesOf()
  assert.deepEqual(
    lines.filter(({ level }) => level === 'debug' || level === 'trace'),
    [],
  )
})
