import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../servers/run.ts'
import { withLock } from './lock.ts'

/** Its licence, MPL-2.0, is none for a dependency: it is a program that tests fetch and run. */
const VERSION = '4.14.1'
const INTEGRITY = 'sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=='
const FOLDER = join(import.meta.dirname, `../../.cache/tools/axe-core-${VERSION}`)
const PROGRAM = join(FOLDER, 'package/axe.min.js')

/** Fetches axe-core by npm where it is not there yet. @throws Error when it cannot be had, or is another than the one that is pinned */
export async function fetchAxe(): Promise<void> {
  await withLock(
    `${FOLDER}.lock`,
    () => undefined,
    async () => {
      if (existsSync(PROGRAM)) return
      const fetching = `${FOLDER}.fetching`
      await rm(fetching, { recursive: true, force: true })
      await mkdir(fetching, { recursive: true })
      try {
        const { stdout } = await run('npm', ['pack', '--silent', `axe-core@${VERSION}`, '--pack-destination', fetching])
        const archive = join(fetching, stdout.trim())
        const hash = createHash('sha512')
          .update(await readFile(archive))
          .digest('base64')
        if (`sha512-${hash}` !== INTEGRITY)
          throw new Error(`axe-core ${VERSION} is not the one that is pinned: sha512-${hash}`)
        await run('tar', ['-xzf', archive, '-C', fetching])
        await rename(fetching, FOLDER)
      } finally {
        await rm(fetching, { recursive: true, force: true })
      }
    },
  )
}

/** As `skipWithout` of the tools. */
export function skipWithoutAxe(): string | false {
  if (process.env.CI !== undefined || existsSync(PROGRAM)) return false
  return 'axe-core was not fetched (`node test/tools/axe.ts`)'
}

/** The script that checks the page it runs in. */
export function readAxe(): Promise<string> {
  return readFile(PROGRAM, 'utf8')
}

if (import.meta.main) await fetchAxe()
