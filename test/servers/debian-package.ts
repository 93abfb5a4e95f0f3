import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A mirror that does not answer once is asked again. */
const APT = ['apt-get', '-qq', '-o', 'Acquire::Retries=3']

/**
 * Installs a package of Debian where nobody would mind: on the machines of CI. Does nothing where its program is there.
 * @throws Error when it cannot be had there
 */
export function installDebianPackage(name: string, program: string, say: (line: string) => void): void {
  if (existsSync(program) || process.env.CI === undefined) return
  say(`tools: installing ${name}`)
  const isRoot = process.getuid?.() === 0
  const apt = (...args: readonly string[]) => {
    const [command = '', ...rest] = [...(isRoot ? [] : ['sudo', '-n']), ...APT, ...args]
    return spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  apt('update')
  apt('install', '-y', '--no-install-recommends', name)
  if (!existsSync(program)) throw new Error(`${program} is needed for the tests: apt-get install ${name}`)
}

/** For `describe(name, { skip: … }, …)`, as `skipWithout` of the tools: with CI set a missing program fails instead. */
export function skipWithoutPackage(name: string, program: string): string | false {
  if (process.env.CI !== undefined || existsSync(program)) return false
  return `${program} is not installed: apt-get install ${name}`
}
