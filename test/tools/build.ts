import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { OLDEST_MODULES, RECORD_MODULES, TOOL_MODULES, type ToolModule, type ToolName } from './programs.ts'

export type { ToolName } from './programs.ts'

const HERE = import.meta.dirname
const CACHE = join(HERE, '../../.cache/tools')

/** One module's programs lie in a folder that is named after all that goes into them, so an old build is never used. */
function moduleFolder(module: ToolModule): string {
  const hash = createHash('sha256').update(JSON.stringify(module))
  // Where a program lies in no module that can be had, there is a small one of our own.
  const sources = readdirSync(join(HERE, module.folder)).filter((file) => file.endsWith('.go'))
  for (const file of ['go.mod', 'go.sum', ...sources.sort()]) hash.update(readFileSync(join(HERE, module.folder, file)))
  return join(CACHE, `${module.folder}-${hash.digest('hex').slice(0, 16)}`)
}

function moduleOf(name: ToolName): ToolModule {
  const isOfModule = ({ programs }: ToolModule) => programs.some((program) => program.name === name)
  const module = [...TOOL_MODULES, ...RECORD_MODULES, ...OLDEST_MODULES].find(isOfModule)
  if (module === undefined) throw new Error(`no module builds ${name}`)
  return module
}

/** Where the program is. @throws Error when it is not built yet */
export function toolPath(name: ToolName): string {
  const path = join(moduleFolder(moduleOf(name)), name)
  if (!existsSync(path))
    throw new Error(`${name} is not built: run \`npm test\`, \`npm run record\` or \`node test/tools/build.ts\` first`)
  return path
}

/** Prometheus' programs: the current ones, or those of the version that `PROMETHEUS` names. */
export function prometheusPath(name: 'prometheus' | 'promtool'): string {
  return toolPath(process.env.PROMETHEUS === '2.42' ? `${name}-2.42` : name)
}

/**
 * For `test(name, { skip: skipWithout('etcd') }, …)`: why the test cannot run here, or false. With CI set it is always false,
 * so that a missing tool fails there instead of going unnoticed.
 */
export function skipWithout(...names: readonly ToolName[]): string | false {
  if (process.env.CI !== undefined) return false
  const missing = names.filter((name) => !existsSync(join(moduleFolder(moduleOf(name)), name)))
  return missing.length === 0 ? false : `${missing.join(', ')} not built (needs Go; \`node test/tools/build.ts\`)`
}

/**
 * Builds what is not built yet, one module at a time; some 12 minutes on a new machine, nothing afterwards.
 * @throws Error when Go is missing or too old, or a build fails
 */
export async function buildTools(
  progress: (line: string) => void = console.log,
  modules: readonly ToolModule[] = TOOL_MODULES,
): Promise<void> {
  for (const module of modules) {
    const folder = moduleFolder(module)
    if (existsSync(folder)) continue
    const names = module.programs.map((program) => program.name).join(' and ')
    await withLock(
      `${folder}.lock`,
      () => progress(`tools: another process is building ${names}, waiting`),
      async () => {
        if (existsSync(folder)) return
        progress(`tools: building ${names} (about ${module.minutes} min, once)`)
        const started = performance.now()
        await buildModule(module, folder)
        progress(`tools: ${names} built in ${Math.round((performance.now() - started) / 1000)} s`)
      },
    )
  }
}

async function buildModule(module: ToolModule, folder: string): Promise<void> {
  // Renamed when all is there: a build that was interrupted leaves nothing that looks finished.
  const building = `${folder}.building`
  await rm(building, { recursive: true, force: true })
  await mkdir(building, { recursive: true })
  try {
    for (const program of module.programs) {
      const ldflags = ['-s', '-w', ...module.ldflags].join(' ')
      const tags = module.tags.length === 0 ? [] : ['-tags', module.tags.join(',')]
      const output = join(building, program.name)
      await go(['build', '-trimpath', '-ldflags', ldflags, ...tags, '-o', output, program.package], module.folder)
    }
    await rename(building, folder)
  } finally {
    await rm(building, { recursive: true, force: true })
  }
}

async function go(args: readonly string[], folder: string): Promise<void> {
  const child = spawn('go', args, {
    cwd: join(HERE, folder),
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' },
  })
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-8000)
  })
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => {
      reject(new Error(`Go 1.26 or newer is needed to build the servers for the tests: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`go ${args[0]} in test/tools/${folder} failed (${code ?? signal}):\n${errors}`))
    })
  })
}

if (import.meta.main) await buildTools()
