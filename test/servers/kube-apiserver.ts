import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toolPath } from '../tools/build.ts'
import { type Certificate, createCertificateAuthority } from './certificate.ts'
import { startEtcd } from './etcd.ts'
import { temporaryFolder } from './folder.ts'
import { type AdminClient, createAdminClient } from './kube-client.ts'
import { type KubeconfigUser, kubeconfigText } from './kubeconfig.ts'
import { freePort } from './port.ts'
import { type Program, startProgram, waitUntilReady } from './process.ts'
import { type RunOptions, type RunResult, run } from './run.ts'

/** One rule of a Role, as Kubernetes spells it. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface UserRights {
  readonly clusterRules?: readonly (
    | Rule
    | { readonly nonResourceURLs: readonly string[]; readonly verbs: readonly string[] }
  )[]
  /** Rules by namespace; the namespaces are made when they are not there. */
  readonly namespaceRules?: Readonly<Record<string, readonly Rule[]>>
}

export interface User {
  readonly token: string
  /** Path of a kubeconfig with this user. */
  readonly kubeconfig: string
}

/** A real Kubernetes API server with its own etcd. No controllers run: nothing changes objects but the tests. */
export interface KubeApiServer extends AsyncDisposable {
  readonly url: string
  /** PEM. */
  readonly caData: string
  readonly caFile: string
  readonly adminToken: string
  /** What ServiceAccount tokens are signed with, for a kube-controller-manager. */
  readonly serviceAccountKeyFile: string
  readonly admin: AdminClient
  /** Writes a kubeconfig for the user (the admin by default) and gives its path. */
  kubeconfig(user?: KubeconfigUser): Promise<string>
  /** A ServiceAccount `default/{name}` with just these rights and its token. */
  addUser(name: string, rights: UserRights): Promise<User>
  /** A client certificate that the server trusts; RBAC sees `commonName` and `organizations`. */
  clientCertificate(commonName: string, organizations?: readonly string[], notAfter?: Date): Certificate
  /** Gives the server a certificate of a new authority, which it takes while it runs; gives that authority, PEM. */
  rotateCertificate(): Promise<string>
  /** kubectl of the server's version, as admin. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Ends the API server alone: etcd, port, certificates and tokens stay for `start`. */
  stop(): Promise<void>
  start(): Promise<void>
  /** The same without a farewell. */
  kill(): Promise<void>
  /** etcd forgets every state but the last one. */
  compact(): Promise<void>
  /** The same on an etcd that has lost everything: resource versions begin anew. */
  startEmpty(): Promise<void>
  /** The API server hangs: connections stay open, nothing is answered. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

const START_SECONDS = 60
const START_TRIES = 3

/** @param args further flags of the server, such as those of its audit log */
export async function startKubeApiServer(args: readonly string[] = []): Promise<KubeApiServer> {
  const folder = await temporaryFolder('apiserver')
  const etcdFolder = join(folder.path, 'etcd')
  await mkdir(etcdFolder)
  let etcd = await startEtcd(etcdFolder)
  const clientAuthority = createCertificateAuthority('client authority')
  const adminToken = randomBytes(16).toString('hex')
  const files = await writeServerFiles(folder.path, adminToken, clientAuthority.certificate)
  let server: Program | undefined
  const close = async () => {
    await server?.close()
    await etcd.program.close()
    await folder.close()
  }
  try {
    const started = await startOnFreePort(etcd.endpoint, files, args)
    server = started.program
    const { port } = started
    const url = `https://127.0.0.1:${port}`
    const caFile = join(files.certificates, 'apiserver.crt')
    const caData = authorityOf(await readFile(caFile, 'utf8'))
    let written = 0
    const kubeconfig = async (user: KubeconfigUser = { token: adminToken }) => {
      const path = join(folder.path, `kubeconfig-${++written}.yaml`)
      await writeFile(path, kubeconfigText({ server: url, caData }, user))
      return path
    }
    const admin = createAdminClient(url, caData, adminToken)
    const adminKubeconfig = await kubeconfig()
    return {
      url,
      caData,
      caFile,
      adminToken,
      serviceAccountKeyFile: files.serviceAccountKey,
      admin,
      kubeconfig,
      addUser: async (name, rights) => {
        const token = await admin.addUser(name, rights)
        return { token, kubeconfig: await kubeconfig({ token }) }
      },
      clientCertificate: (commonName, organizations = [], notAfter) =>
        clientAuthority.issue({ commonName, organizations, ...(notAfter && { notAfter }) }),
      rotateCertificate: async () => {
        const authority = createCertificateAuthority('serving authority')
        const { certificate, key } = authority.issue({ commonName: 'apiserver', hosts: ['127.0.0.1'] })
        await replaceFile(join(files.certificates, 'apiserver.key'), key)
        await replaceFile(caFile, certificate + authority.certificate)
        return authority.certificate
      },
      kubectl: (args, options = {}) =>
        run(toolPath('kubectl'), ['--kubeconfig', adminKubeconfig, ...args], {
          ...options,
          env: { HOME: folder.path, ...options.env },
        }),
      stop: async () => server?.close(),
      kill: async () => server?.kill(),
      compact: () => etcd.compact(),
      start: async () => {
        server = await startServer(etcd.endpoint, files, port, args)
      },
      startEmpty: async () => {
        await etcd.program.close()
        await rm(etcdFolder, { recursive: true })
        await mkdir(etcdFolder)
        etcd = await startEtcd(etcdFolder)
        server = await startServer(etcd.endpoint, files, port, args)
      },
      pause: () => server?.pause(),
      resume: () => server?.resume(),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

interface ServerFiles {
  readonly certificates: string
  readonly serviceAccountKey: string
  readonly tokens: string
  readonly clientAuthority: string
}

async function writeServerFiles(folder: string, adminToken: string, clientAuthority: string): Promise<ServerFiles> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const files = {
    certificates: join(folder, 'certificates'),
    serviceAccountKey: join(folder, 'service-account.key'),
    tokens: join(folder, 'tokens.csv'),
    clientAuthority: join(folder, 'client-authority.crt'),
  }
  await writeFile(files.serviceAccountKey, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(files.tokens, `${adminToken},admin,admin,"system:masters"\n`)
  await writeFile(files.clientAuthority, clientAuthority)
  return files
}

async function startOnFreePort(
  etcd: string,
  files: ServerFiles,
  args: readonly string[],
): Promise<{ program: Program; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { program: await startServer(etcd, files, port, args), port }
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('address already in use')
      if (!taken || attempt === START_TRIES) throw error
    }
  }
}

async function startServer(etcd: string, files: ServerFiles, port: number, args: readonly string[]): Promise<Program> {
  const program = startProgram({
    name: 'kube-apiserver',
    program: toolPath('kube-apiserver'),
    args: [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${files.certificates}`,
      `--client-ca-file=${files.clientAuthority}`,
      `--token-auth-file=${files.tokens}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      '--authorization-mode=RBAC',
      '--allow-privileged=true',
      '--service-cluster-ip-range=10.96.0.0/12',
      // It waits for controllers that do not run here.
      '--disable-admission-plugins=ServiceAccount',
      // The Endpoints of the kubernetes Service may not hold 127.0.0.1, and nobody here asks for it.
      '--endpoint-reconciler-type=none',
      ...args,
    ],
    env: { GOGC: '50' },
  })
  const url = `https://127.0.0.1:${port}/readyz`
  const certificate = join(files.certificates, 'apiserver.crt')
  await waitUntilReady(program, 'kube-apiserver', START_SECONDS, async () => {
    const ca = await readFile(certificate, 'utf8').catch(() => undefined)
    return ca !== undefined && (await isReady(url, ca)) ? true : undefined
  })
  return program
}

async function isReady(url: string, ca: string): Promise<boolean> {
  const { request, Agent } = await import('undici')
  const agent = new Agent({ connect: { ca }, headersTimeout: 5000 })
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent })
    await body.dump()
    return statusCode === 200
  } catch {
    // Not listening yet.
    return false
  } finally {
    await agent.destroy()
  }
}

/** The server writes its own certificate and, after it, that of the authority that it made for it. */
function authorityOf(chain: string): string {
  const certificates = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
  const authority = certificates.find((certificate) => new X509Certificate(certificate).ca)
  if (authority === undefined) throw new Error('the API server made no certificate authority')
  return authority
}
