import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buildTools } from '../tools/build.ts'
import { OLDEST_MODULES, TOOL_MODULES } from '../tools/programs.ts'

/**
 * `npm run compatibility`: all tests of alerts and dashboards once more, with the oldest Prometheus that the rules are for. Building it takes
 * minutes, so `npm test` does not.
 */
const ROOT = join(import.meta.dirname, '../..')
const NEEDED = /^(?:alertmanager|prometheus)/

await buildTools(
  console.log,
  [...TOOL_MODULES, ...OLDEST_MODULES].filter(({ folder }) => NEEDED.test(folder)),
)
const files = ['alerts', 'dashboards'].map((folder) => join(ROOT, 'test', folder, '*.test.ts'))
const child = spawn(process.execPath, ['--test', '--test-concurrency=2', ...files], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, PROMETHEUS: '2.42' },
})
const [code] = await once(child, 'close')
process.exitCode = typeof code === 'number' ? code : 1
