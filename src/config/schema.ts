import { type Static, Type } from '@sinclair/typebox'
import { Added, AddedByNobody, App, Compare, IgnoreRule, OperationalMark, Secrets } from './app-schema.ts'
import { Duration, Name, Path, StringList, strict } from './field-schema.ts'
import { StringMap } from './source-schema.ts'

const listen = (address: string, port: number) => ({
  address: Type.Optional(Type.String({ description: 'IP address to listen on.', default: address, minLength: 1 })),
  port: Type.Optional(
    Type.Integer({ description: 'Port; 0 lets the system choose.', default: port, minimum: 0, maximum: 65535 }),
  ),
})

const Repository = Type.Object(
  {
    url: Path(
      'As the apps say it; with `*`, which matches anything, every URL like it is fetched from the one `fetchFrom`.',
    ),
    fetchFrom: Type.Optional(Path('Fetch from here instead: `https://…`, `http://…` or `file:…`.')),
    credentials: Type.Optional(
      Type.Object(
        {
          username: Type.Optional(Type.String({ minLength: 1 })),
          usernameFile: Type.Optional(Path('File with the user name.')),
          passwordFile: Type.Optional(Path('File with the password or token for basic authentication.')),
          tokenFile: Type.Optional(Path('File with a bearer token.')),
        },
        { ...strict, description: 'Files are read again at each use.' },
      ),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          caFile: Type.Optional(Path('Certificates to trust, PEM.')),
          insecureSkipVerify: Type.Optional(Type.Boolean({ description: 'Trust any certificate.', default: false })),
        },
        strict,
      ),
    ),
    proxy: Type.Optional(Path('Proxy to go through, `http://host:port`.')),
    pollInterval: Duration('How often the remote is asked for its branches.', '30s'),
  },
  strict,
)

const Cluster = Type.Object(
  {
    name: Name('The name in destinations and in the label `dest_cluster`.'),
    labels: Type.Optional(StringMap('What selectors see.')),
    kubeconfig: Type.Optional(
      Type.Object(
        {
          path: Path('A kubeconfig file.'),
          context: Type.Optional(Type.String({ description: 'Instead of current-context.', minLength: 1 })),
        },
        strict,
      ),
    ),
    inCluster: Type.Optional(
      Type.Literal(true, { description: 'The cluster that the exporter runs in.', title: 'true' }),
    ),
    snapshot: Type.Optional(
      Type.Object(
        {
          path: Path('A folder of YAML and JSON files, as `kubectl get -o yaml` writes them.'),
          kinds: StringList(
            'Kinds that are complete even if there is none, such as `Secret`, `Deployment.apps` or `apps/v1/Deployment`.',
            [],
          ),
        },
        strict,
      ),
    ),
  },
  strict,
)

const ArgocdDiscovery = Type.Object(
  {
    cluster: Type.String({ description: 'The cluster that holds the resources.', minLength: 1 }),
    namespaces: StringList('Where Applications are; `*` alone is everywhere.', ['argocd']),
    applicationSets: Type.Optional(Type.Boolean({ description: 'Compute ApplicationSets.', default: true })),
    clusterSecrets: Type.Optional(Type.Boolean({ description: 'Use Argo CD’s cluster Secrets.', default: true })),
    allowedRepositories: StringList('Globs of URLs that resources may name; any if empty.', []),
    trustedUrls: StringList(
      'Globs of URLs of repositories, API servers and proxies that resources may name although they are not https, lead to this host, or are proxies.',
      [],
    ),
    allowedExecCommands: StringList('Programs that cluster Secrets may run to sign in, as the Secrets name them.', []),
  },
  strict,
)
const FluxDiscovery = Type.Object(
  {
    cluster: Type.String({ description: 'The cluster that holds the resources.', minLength: 1 }),
    namespaces: StringList('Where Kustomizations, HelmReleases and GitRepositories are; `*` alone is everywhere.', [
      '*',
    ]),
    allowedRepositories: StringList('Globs of URLs that resources may name; any if empty.', []),
    trustedUrls: StringList(
      'Globs of URLs of repositories and API servers that resources may name although they are not https or lead to this host.',
      [],
    ),
    crossNamespaceReferences: Type.Optional(
      Type.Boolean({
        description: 'Whether Kustomizations and HelmReleases may use sources of other namespaces.',
        default: false,
      }),
    ),
  },
  strict,
)
const HelmDiscovery = Type.Object(
  {
    cluster: Type.String({ description: 'The cluster whose Helm releases are apps.', minLength: 1 }),
    namespaces: StringList('Where releases are; `*` alone is everywhere.', ['*']),
  },
  strict,
)

/** The config file, as JSON Schema and, by `Static`, as a type. Rules for a single value are stated here. */
export const ConfigSchema = Type.Object(
  {
    metrics: Type.Optional(
      Type.Object(
        {
          ...listen('0.0.0.0', 8080),
          appLabels: StringList('App labels that `gitops_app_labels` carries; `*` alone is all.', []),
        },
        { ...strict, description: 'Listener of /metrics, /livez and /readyz.' },
      ),
    ),
    pages: Type.Optional(
      Type.Object(listen('127.0.0.1', 8081), {
        ...strict,
        description: 'Listener of the status page. On any other address than loopback it shows no values.',
      }),
    ),
    schedule: Type.Optional(
      Type.String({
        description: 'When everything is evaluated from scratch: cron, five fields, UTC. Changes are seen in between.',
        default: '*/10 * * * *',
      }),
    ),
    stateDirectory: Type.Optional(
      Type.String({
        description: 'Folder for mirrors and state, for this process alone.',
        default: '/var/lib/gitops-drift-exporter',
        minLength: 1,
      }),
    ),
    staleAfter: Type.Optional(
      Type.Object(
        {
          cluster: Duration('Without contact to the cluster for longer, its apps are Unknown.', '2m'),
          git: Duration('Without contact to the repository for longer, its apps are Unknown.', '5m'),
        },
        strict,
      ),
    ),
    rewrites: Type.Optional(
      Type.Array(
        Type.Object({ match: Path('Start of a URL.'), fetchFrom: Path('What to put in its place.') }, strict),
        { description: 'Fetch URLs that start so from elsewhere; the longest match wins.' },
      ),
    ),
    repositories: Type.Optional(Type.Array(Repository, { description: 'Only those that need more than their URL.' })),
    clusters: Type.Optional(Type.Array(Cluster, { description: 'How each cluster is reached: exactly one way.' })),
    apps: Type.Optional(Type.Array(App, { description: 'Apps that no controller declares.' })),
    discovery: Type.Optional(
      Type.Object(
        {
          argocd: Type.Optional(Type.Array(ArgocdDiscovery)),
          flux: Type.Optional(Type.Array(FluxDiscovery)),
          helm: Type.Optional(Type.Array(HelmDiscovery)),
        },
        { ...strict, description: 'Where to find apps that controllers manage.' },
      ),
    ),
    comparing: Type.Optional(
      Type.Object(
        {
          manualManagers: StringList('Field managers of people’s tools; `*` at the end matches any rest.'),
          persons: StringList('The former name of `manualManagers`; read until the next release.'),
          added: Type.Optional(Added),
          addedByNobody: Type.Optional(AddedByNobody),
          operationalMarks: Type.Optional(
            Type.Array(OperationalMark, {
              description:
                'What tools write while people operate a cluster, besides what is known: shown, and no drift.',
            }),
          ),
          compare: Type.Optional(Compare),
          secrets: Type.Optional(Secrets),
          ignore: Type.Optional(Type.Array(IgnoreRule, { description: 'Differences that do not count.' })),
        },
        { ...strict, description: 'What is drift.' },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          renderTimeout: Duration('One rendering; a longer one is stopped.', '30s'),
          documentBytes: Type.Optional(
            Type.Integer({
              description: 'Largest plain YAML or JSON document in Git, and largest object in a snapshot.',
              default: 10_000_000,
              minimum: 1000,
              maximum: 256_000_000,
            }),
          ),
        },
        strict,
      ),
    ),
    compatibility: Type.Optional(
      Type.Object(
        {
          argocd: Type.Optional(
            Type.Boolean({ description: 'Also `argocd_app_info`, for apps that are not Argo CD’s.', default: false }),
          ),
        },
        strict,
      ),
    ),
  },
  { ...strict, title: 'Configuration of gitops-drift-exporter' },
)

/** The file as it was written: nothing filled in, durations as text. */
export type ConfigFile = Static<typeof ConfigSchema>
export type AppFile = NonNullable<ConfigFile['apps']>[number]
export type SourceFile = NonNullable<AppFile['source']>
export type TrackingFile = NonNullable<AppFile['tracking']>
export type ClusterFile = NonNullable<ConfigFile['clusters']>[number]
export type RepositoryFile = NonNullable<ConfigFile['repositories']>[number]
export type SelectorFile = NonNullable<AppFile['destination']['clusterSelector']>
export type IgnoreRuleFile = NonNullable<AppFile['ignore']>[number]
export type OperationalMarkFile = NonNullable<NonNullable<ConfigFile['comparing']>['operationalMarks']>[number]
