/** How a kubeconfig's user shows who it is. */
export type KubeconfigUser =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly certificate: string; readonly key: string }
  | { readonly username: string; readonly password: string }
  | {
      readonly exec: {
        readonly command: string
        readonly args?: readonly string[]
        readonly env?: readonly { readonly name: string; readonly value: string }[]
        readonly provideClusterInfo?: boolean
        readonly apiVersion?: string
      }
    }

export interface KubeconfigCluster {
  readonly server: string
  /** PEM; absent for plain HTTP. */
  readonly caData?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly tlsServerName?: string
  readonly proxyUrl?: string
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

function userFields(user: KubeconfigUser): object {
  if ('certificate' in user)
    return { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) }
  if ('exec' in user)
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', ...user.exec } }
  return user
}

/** A kubeconfig with one context, `test`, as JSON, which is YAML. */
export function kubeconfigText(cluster: KubeconfigCluster, user: KubeconfigUser): string {
  const { server, caData, insecureSkipTlsVerify, tlsServerName, proxyUrl } = cluster
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [
        {
          name: 'test',
          cluster: {
            server,
            ...(caData === undefined ? {} : { 'certificate-authority-data': base64(caData) }),
            ...(insecureSkipTlsVerify === undefined ? {} : { 'insecure-skip-tls-verify': insecureSkipTlsVerify }),
            ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
            ...(proxyUrl === undefined ? {} : { 'proxy-url': proxyUrl }),
          },
        },
      ],
      users: [{ name: 'test', user: userFields(user) }],
    },
    null,
    2,
  )
}
