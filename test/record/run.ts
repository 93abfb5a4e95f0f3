import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { buildSandbox } from '../../src/sandbox/build.ts'
import { builtProgram } from '../commands/program.ts'
import { buildTools } from '../tools/build.ts'
import { RECORD_MODULES, TOOL_MODULES } from '../tools/programs.ts'
import { bringsKinds, controlledApps } from './controlled-apps.ts'
import { refreshAll, writeState } from './keep.ts'
import { recordChanges } from './record-changes.ts'
import { recordInjected } from './record-injected.ts'
import { RECORDINGS } from './recording.ts'
import { rollOut } from './roll-out.ts'
import { startStage } from './stage.ts'

/**
 * `npm run record`: real controllers roll real apps out over real API servers; what then lives in the clusters and what each controller says of
 * each app becomes the recording that `npm test` replays. Then people come with kubectl and commits to some of these apps, on new servers, and
 * both verdicts are timed. At last cert-manager's CA injector writes to what was rolled out. `-- --only roll-out`, `-- --only changes` and
 * `-- --only injected` make one part.
 */
const say = (line: string): void => console.log(`record: ${line}`)
const PARTS = { 'roll-out': recordRollOut, changes: recordChanges, injected: recordInjected } as const

async function main(): Promise<void> {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values
  const parts = Object.entries(PARTS).filter(([name]) => (only ?? name) === name)
  if (parts.length === 0) throw new Error(`--only is one of ${Object.keys(PARTS).join(', ')}`)
  await buildSandbox({ compress: false })
  await buildTools(say, [
    ...TOOL_MODULES.filter(({ folder }) => /etcd|kube-apiserver|renderers/.test(folder)),
    ...RECORD_MODULES,
  ])
  await builtProgram()
  await mkdir(RECORDINGS, { recursive: true })
  for (const [, part] of parts) await part(say)
}

async function recordRollOut(): Promise<void> {
  await using stage = await startStage(say)
  const apps = await controlledApps(stage.repository.path)
  say(`rolling out ${apps.length} apps`)
  // Kinds first: a sync that finds its kinds missing tries again later and later.
  const [definitions, others] = [apps.filter(bringsKinds), apps.filter((app) => !bringsKinds(app))]
  const unfinished = [...(await rollOut(stage, definitions)), ...(await rollOut(stage, others))]
  say(`rolled out; not done: ${unfinished.join(', ') || 'none'}`)
  for (const program of stage.programs) if (program.exited) throw new Error(`a controller ended:\n${program.output()}`)
  // Pods, Endpoints and revisions are made after the objects that they are for.
  await sleep(10_000)
  await refreshAll(stage, apps)
  await writeState(stage, apps, 'rolled-out', say)
}

await main()
