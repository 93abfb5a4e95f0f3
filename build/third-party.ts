import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WASM_SOURCES } from '../src/sandbox/built.ts'

export interface Part {
  /** Name and version. */
  readonly title: string
  readonly folder: string
}

/**
 * The licences of all that is passed on with dist/, as their authors ask for: npm packages in the bundle (`inputs` are its source
 * files, from `root`), Go modules in the sandbox. Parts with the same text share it.
 */
export async function thirdPartyLicences(inputs: readonly string[], root: string): Promise<string> {
  const titles = new Map<string, string[]>()
  for (const { title, folder } of [...(await npmParts(inputs, root)), ...(await goParts())]) {
    const text = await licenceText(folder)
    titles.set(text, [...(titles.get(text) ?? []), title])
  }
  return [...titles].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`)
}

export async function npmParts(inputs: readonly string[], root: string): Promise<readonly Part[]> {
  // Up to the last one: packages may lie in packages, and node_modules elsewhere.
  const folders = new Set(inputs.flatMap((input) => /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []))
  return Promise.all(
    [...folders].sort().map(async (folder) => {
      const about: { version?: string } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'))
      return { title: `${folder.replace(/^.*node_modules\//, '')} ${about.version ?? ''}`, folder: join(root, folder) }
    }),
  )
}

export async function goParts(): Promise<readonly Part[]> {
  const format = '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}'
  const { stdout } = await promisify(execFile)('go', ['list', '-mod=readonly', '-deps', '-f', format, '.'], {
    cwd: WASM_SOURCES,
    env: { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm' },
  })
  const lines = new Set(stdout.split('\n').filter((line) => line !== ''))
  return [...lines].sort().map((line) => {
    const [title = '', folder = ''] = line.split('\t')
    return { title, folder }
  })
}

async function licenceText(folder: string): Promise<string> {
  const file = (await readdir(folder)).find((name) => /^(?:un)?licen[cs]e|^copying/i.test(name))
  return file === undefined ? '(no licence file of its own)' : (await readFile(join(folder, file), 'utf8')).trim()
}
