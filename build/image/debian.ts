import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { extract } from 'tar-stream'
import { type Entry, sha256 } from './layer.ts'
import { ALLOCATOR } from './start.ts'

const execute = promisify(execFile)

/** What Node is linked with, and its allocator. */
const PACKAGES = ['gcc-12-base', 'libc6', 'libgcc-s1', ALLOCATOR.package, 'libstdc++6']

/** Where packages that were fetched are kept. */
export const DEBIAN = join(import.meta.dirname, '../../.cache/image/debian')

export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Of the package file, `sha256:…`. */
  readonly digest: string
  readonly entries: readonly Entry[]
}

/**
 * Packages of the Debian that this runs on, which apt fetches and whose signatures it checks; those in the folder are taken as they are.
 * @throws Error where there is no apt or no network
 */
export async function debianPackages(folder: string): Promise<readonly DebianPackage[]> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.deb'))
  const missing = PACKAGES.filter((name) => !files.some((file) => file.startsWith(`${name}_`)))
  if (missing.length > 0) await download(missing, folder)
  const all = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort()
  return Promise.all(all.map((file) => readPackage(join(folder, file))))
}

function asRoot(...command: readonly [string, ...string[]]): [string, string[]] {
  const [program, ...args] = process.getuid?.() === 0 ? command : (['sudo', '-n', ...command] as const)
  return [program, args]
}

/** A download that ends early leaves nothing behind. */
async function download(names: readonly string[], folder: string): Promise<void> {
  const part = `${folder}.${process.pid}.part`
  await mkdir(part, { recursive: true })
  try {
    const get = () => execute('apt-get', ['download', ...names], { cwd: part })
    // Lists of packages may be missing, as in images of Debian, or older than what the server has.
    await get().catch(async () => {
      await execute(...asRoot('apt-get', 'update'))
      await get()
    })
    await mkdir(folder, { recursive: true })
    for (const name of await readdir(part)) await rename(join(part, name), join(folder, name))
  } catch (error) {
    throw new Error(
      `apt-get download ${names.join(' ')} failed: the image is made on Debian 12, or by the Dockerfile`,
      {
        cause: error,
      },
    )
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}

/**
 * The allocator that the image has, as a file beside its package.
 * @returns where it is
 */
export async function allocatorFile(folder: string): Promise<string> {
  const path = join(folder, ALLOCATOR.library)
  const all = await debianPackages(folder)
  const entry = all.flatMap(({ entries }) => entries).find((one) => one.path.endsWith(`/${ALLOCATOR.library}`))
  if (entry?.type !== 'file') throw new Error(`${ALLOCATOR.package} has no ${ALLOCATOR.library}`)
  const draft = `${path}.${process.pid}.part`
  await writeFile(draft, entry.content)
  await rename(draft, path)
  return path
}

async function readPackage(path: string): Promise<DebianPackage> {
  const field = async (of: string): Promise<string> => (await execute('dpkg-deb', ['--field', path, of])).stdout.trim()
  const [name, version, architecture] = [await field('Package'), await field('Version'), await field('Architecture')]
  const { stdout: tar } = await execute('dpkg-deb', ['--fsys-tarfile', path], {
    encoding: 'buffer',
    maxBuffer: 256 * 1024 * 1024,
  })
  return { name, version, architecture, digest: sha256(await readFile(path)), entries: await entriesOf(tar) }
}

/** Libraries and licences: no other character sets, no documentation, no settings. */
const KEPT = /^(?:usr\/lib(?:64)?\/(?!.*\/gconv\/).*\.so(?:\.\d+)*|usr\/share\/doc\/[^/]+\/copyright)$/

async function entriesOf(tar: Uint8Array): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  const unpack = extract()
  unpack.end(tar)
  for await (const entry of unpack) {
    const { name, type, linkname, mode } = entry.header
    // Debian has /lib in /usr.
    const path = name.replace(/^\.\//, '').replace(/^(lib(?:64)?)\//, 'usr/$1/')
    if (!KEPT.test(path)) {
      entry.resume()
      continue
    }
    if (type === 'symlink' && typeof linkname === 'string')
      entries.push({ type, path, target: linkname.replace(/^\/(lib(?:64)?)\//, '/usr/$1/') })
    else if (type === 'file') {
      entries.push({ type, path, mode: mode ?? 0o644, content: await buffer(entry) })
      continue
    } else throw new Error(`${path} is a ${type}`)
    entry.resume()
  }
  return entries
}
