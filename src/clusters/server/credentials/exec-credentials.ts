import { spawn } from 'node:child_process'
import { parseJson } from '../../../kubernetes/serialization/json.ts'
import { Confidential } from '../../../model/confidential.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { outgoingText } from '../../../model/secrets/outgoing-text.ts'
import { SecretIndex } from '../../../model/secrets/secret-index.ts'
import type { UserEntry } from './access.ts'
import { type CredentialSource, type Credentials, clientCertificate } from './access.ts'
import { besideFile, textOf } from './kubeconfig-fields.ts'

/** Plugins call their cloud over the network; kubectl would wait forever. */
const TIMEOUT_MS = 60_000
/** Of what it printed shorter words are no tokens. */
const SHORTEST_PRINTED = 12
const MAX_OUTPUT_BYTES = 1024 * 1024
/** Renewed this long before they end, or when a fifth of their time is left, whichever is later. */
const EARLY_MS = 60_000
const EARLY_RATIO = 0.2
const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

interface Obtained {
  readonly credentials: Credentials
  /** Unix milliseconds from when on new ones are asked for. */
  readonly renewAt: number
}

/**
 * Credentials from a program that prints an ExecCredential, by the protocol of client-go (client.authentication.k8s.io). Cached per
 * cluster; asked for once at a time. What the program prints on stdout is never in a message.
 */
export function execCredentials(exec: JsonObject, entry: UserEntry): CredentialSource {
  const apiVersion = textOf(exec, 'apiVersion') ?? ''
  if (!API_VERSIONS.includes(apiVersion))
    throw kubeconfigError(`user.exec.apiVersion must be one of ${API_VERSIONS.join(', ')}`, entry)
  const command = textOf(exec, 'command')
  if (command === undefined || command === '') throw kubeconfigError('user.exec.command is not set', entry)
  if (textOf(exec, 'interactiveMode') === 'Always')
    throw kubeconfigError('user.exec.interactiveMode is Always, but nobody is there to answer', entry)
  const plugin: Plugin = {
    apiVersion,
    // Looked up on PATH unless it is a path, which is relative to the kubeconfig.
    command: command.includes('/') ? besideFile(command, entry.file) : command,
    args: Array.isArray(exec.args) ? exec.args.map(String) : [],
    environment: { ...entry.environment, ...pluginEnvironment(exec, apiVersion, entry) },
    given: givenValues(exec),
    entry,
  }
  let obtained: Obtained | undefined
  let asking: Promise<Obtained> | undefined
  return {
    current: async () => {
      if (obtained !== undefined && Date.now() < obtained.renewAt) return obtained.credentials
      asking ??= ask(plugin).finally(() => {
        asking = undefined
      })
      obtained = await asking
      return obtained.credentials
    },
    renew: () => {
      obtained = undefined
    },
  }
}

interface Plugin {
  /** Values of the variables that the kubeconfig gives it. */
  readonly given: readonly string[]
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly entry: UserEntry
}

function pluginEnvironment(exec: JsonObject, apiVersion: string, { address }: UserEntry): Record<string, string> {
  const { url, ca, serverName, insecureSkipVerify, proxy } = address
  const cluster = {
    server: url,
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
    ...(insecureSkipVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(proxy === undefined ? {} : { 'proxy-url': proxy }),
    config: null,
  }
  const spec = { interactive: false, ...(exec.provideClusterInfo === true ? { cluster } : {}) }
  const environment: Record<string, string> = {
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }),
  }
  for (const variable of Array.isArray(exec.env) ? exec.env : []) {
    if (!isJsonObject(variable) || typeof variable.name !== 'string') continue
    environment[variable.name] = textOf(variable, 'value') ?? ''
  }
  return environment
}

function givenValues(exec: JsonObject): readonly string[] {
  const variables = Array.isArray(exec.env) ? exec.env : []
  return variables.flatMap((one: Json) => (isJsonObject(one) ? [textOf(one, 'value') ?? ''] : []))
}

async function ask(plugin: Plugin): Promise<Obtained> {
  const askedAt = Date.now()
  const credential = parseOutput(await runPlugin(plugin), plugin)
  const status = isJsonObject(credential) ? credential.status : undefined
  if (!isJsonObject(credential) || credential.kind !== 'ExecCredential' || !isJsonObject(status))
    throw pluginError('did not print an ExecCredential with a status', plugin)
  if (credential.apiVersion !== plugin.apiVersion)
    throw pluginError(`printed another apiVersion than ${plugin.apiVersion}`, plugin)
  const token = textOf(status, 'token')
  const certificate = textOf(status, 'clientCertificateData')
  const key = textOf(status, 'clientKeyData')
  if (token === undefined && (certificate === undefined || key === undefined))
    throw pluginError('printed neither a token nor a client certificate with its key', plugin)
  const fixed = plugin.entry.certificate
  const own = certificate !== undefined && key !== undefined ? clientCertificate(certificate, key) : fixed
  return {
    credentials: {
      ...(token === undefined ? {} : { authorization: Confidential.used(`Bearer ${token.trim()}`) }),
      ...(own === undefined ? {} : { certificate: own }),
    },
    renewAt: renewalTime(textOf(status, 'expirationTimestamp'), askedAt),
  }
}

function parseOutput(text: string, plugin: Plugin): Json {
  try {
    return parseJson(text)
  } catch {
    // The parser's error could only point into text that holds credentials.
    throw pluginError('did not print JSON', plugin)
  }
}

function renewalTime(expiration: string | undefined, askedAt: number): number {
  const ends = expiration === undefined ? Number.NaN : Date.parse(expiration)
  if (Number.isNaN(ends)) return Number.POSITIVE_INFINITY
  return ends - Math.min(EARLY_MS, Math.max(0, ends - askedAt) * EARLY_RATIO)
}

async function runPlugin(plugin: Plugin): Promise<string> {
  const child = spawn(plugin.command, [...plugin.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plugin.environment },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    killSignal: 'SIGKILL',
  })
  const parts: Buffer[] = []
  let size = 0
  let stderrText = ''
  child.stdout.on('data', (part: Buffer) => {
    size += part.length
    if (size > MAX_OUTPUT_BYTES) child.kill('SIGKILL')
    else parts.push(part)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderrText.length < 2000) stderrText += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => {
      const timedOut = error.name === 'AbortError'
      const missing = 'code' in error && error.code === 'ENOENT'
      const reason = timedOut ? `took longer than ${TIMEOUT_MS / 1000} s` : missing ? 'is not there' : 'cannot be run'
      reject(pluginError(reason, plugin))
    })
    child.on('close', resolve)
  })
  if (size > MAX_OUTPUT_BYTES) throw pluginError('printed more than 1 MB', plugin)
  const output = Buffer.concat(parts).toString('utf8')
  if (code !== 0)
    throw pluginError(`failed (${code ?? 'killed'})${firstLines(withoutSecrets(stderrText, output, plugin))}`, plugin)
  return output
}

/** Programs repeat in their errors what they were given, and what they got. */
function withoutSecrets(text: string, output: string, { given }: Plugin): string {
  const printed = output.split(/[\s"',{}[\]]+/).filter((word) => word.length >= SHORTEST_PRINTED)
  return new SecretIndex([...given, ...printed]).hide(outgoingText(text))
}

function firstLines(text: string): string {
  const trimmed = text.trim().slice(0, 300)
  return trimmed === '' ? '' : `: ${trimmed.replaceAll(/\s+/g, ' ')}`
}

function pluginError(message: string, plugin: Plugin): CodedError {
  return kubeconfigError(`the exec plugin ${plugin.command} ${message}`, plugin.entry)
}

function kubeconfigError(message: string, { file }: UserEntry): CodedError {
  return new CodedError('GDE_CLUSTER_KUBECONFIG', message, { file })
}
