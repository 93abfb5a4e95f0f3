import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { installDebianPackage, skipWithoutPackage } from './debian-package.ts'
import { freePort } from './port.ts'
import { startProgram, waitUntilReady } from './process.ts'
import { run } from './run.ts'

const PROGRAM = '/usr/sbin/sshd'

export function installSshd(say: (line: string) => void): void {
  installDebianPackage('openssh-server', PROGRAM, say)
}

export function skipWithoutSshd(): string | false {
  return skipWithoutPackage('openssh-server', PROGRAM)
}

export interface SshKeyOptions {
  readonly type?: 'ed25519' | 'ecdsa' | 'rsa'
  readonly passphrase?: string
  /** `PEM` or `PKCS8` instead of OpenSSH's own format. */
  readonly format?: 'PEM' | 'PKCS8'
}

export interface SshKey {
  readonly path: string
  readonly privateKey: string
  /** One line: type and key. */
  readonly publicKey: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

/** A key by ssh-keygen. */
export async function createSshKey(path: string, options: SshKeyOptions = {}): Promise<SshKey> {
  const { type = 'ed25519', passphrase = '', format } = options
  const as = format === undefined ? [] : ['-m', format]
  await run('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', ...as, '-f', path])
  const [algorithm = '', key = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ')
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')
  return {
    path,
    privateKey: await readFile(path, 'utf8'),
    publicKey: `${algorithm} ${key}`,
    fingerprint: `SHA256:${hash}`,
  }
}

export interface SshdOptions {
  /** Scratch files go here. */
  readonly folder: string
  /** Who may sign in, lines of authorized_keys. */
  readonly authorizedKeys: readonly string[]
  readonly hostKeys: readonly SshKey[]
  /** Takes the variable that says protocol version 2; Debian's own settings do not. */
  readonly acceptsVersion2?: boolean
  /** More lines of sshd_config. */
  readonly settings?: readonly string[]
}

export interface Sshd extends AsyncDisposable {
  readonly port: number
  /** The name that everybody signs in with. */
  readonly user: string
  /** URL of a repository on this machine. */
  url(path: string): string
  /** Lines of known_hosts for all of its keys. */
  readonly knownHosts: string
  /** What it logged, at level VERBOSE. */
  log(): string
  close(): Promise<void>
}

/** OpenSSH's real server as a process of its own on a port of loopback. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { folder, authorizedKeys, hostKeys, acceptsVersion2 = true, settings = [] } = options
  await mkdir(folder, { recursive: true })
  // Where sshd's parent process hides; Debian makes it when the service starts.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const keysFile = join(folder, 'authorized_keys')
  await writeFile(keysFile, `${authorizedKeys.join('\n')}\n`, { mode: 0o600 })
  const port = await freePort()
  const config = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    ...hostKeys.map(({ path }) => `HostKey ${path}`),
    `AuthorizedKeysFile ${keysFile}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    // For bash it is no login then: the settings of whoever runs the tests are not read.
    'SetEnv SHLVL=2',
    ...(acceptsVersion2 ? ['AcceptEnv GIT_PROTOCOL'] : []),
    ...settings,
  ]
  const configFile = join(folder, 'sshd_config')
  await writeFile(configFile, `${config.join('\n')}\n`)
  let log = ''
  const program = startProgram({
    name: 'sshd',
    program: PROGRAM,
    args: ['-D', '-e', '-f', configFile],
    onOutput: (text) => {
      log += text
    },
  })
  await waitUntilReady(program, 'sshd', 30, async () => log.includes('Server listening') || undefined)
  const user = userInfo().username
  return {
    port,
    user,
    url: (path) => `ssh://${user}@127.0.0.1:${port}${path}`,
    knownHosts: hostKeys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`).join(''),
    log: () => log,
    close: program.close,
    [Symbol.asyncDispose]: program.close,
  }
}
