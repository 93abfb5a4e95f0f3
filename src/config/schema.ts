import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import { Access } from './access/access-schema.ts'
import { Added, AddedByNobody, App, Compare, IgnoreRule, OperationalMark, Secrets } from './app-schema.ts'
import { DEFAULT_MANUAL_MANAGERS } from './default-managers.ts'
import { atNextStart, Duration, Flag, Name, Path, StringList, section, strict, withDefault } from './field-schema.ts'
import { Audit, Journal } from './journal/journal-schema.ts'
import { Links } from './links/links-schema.ts'
import { Decryption } from './repositories/decryption-schema.ts'
import { Credential, Repository } from './repositories/repository-schema.ts'
import { StringMap } from './source-schema.ts'
import { listen } from './web/listener-schema.ts'
import { Metrics } from './web/metrics-schema.ts'
import { webhooksSchema } from './webhooks/webhooks-schema.ts'

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
          kinds: withDefault(
            StringList(
              'Kinds that are complete even if there is none, such as `Secret`, `Deployment.apps` or `apps/v1/Deployment`; `*` is every kind, Kubernetes’ own and those of the CRDs in the folder.',
            ),
            [],
          ),
        },
        strict,
      ),
    ),
  },
  strict,
)

/** What the programs of the clouds sign in with: none of them holds the name of a file or a program. */
const EXEC_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AAD_ENVIRONMENT_NAME',
  'AAD_LOGIN_METHOD',
  'AAD_SERVICE_PRINCIPAL_CLIENT_ID',
  'AAD_SERVICE_PRINCIPAL_CLIENT_SECRET',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_TENANT_ID',
]

const ArgocdDiscovery = Type.Object(
  {
    cluster: Type.String({ description: 'The cluster that holds the resources.', minLength: 1 }),
    namespaces: withDefault(StringList('Where Applications are; `*` alone is everywhere.'), ['argocd']),
    applicationSets: withDefault(Flag('Compute ApplicationSets.'), true),
    clusterSecrets: withDefault(Flag('Use Argo CD’s cluster Secrets.'), true),
    allowedRepositories: withDefault(StringList('Globs of URLs that resources may name; any if empty.'), []),
    trustedUrls: withDefault(
      StringList(
        'Globs of URLs of repositories, API servers and proxies that resources may name although they are not https, lead to this host, or are proxies.',
      ),
      [],
    ),
    allowedExecCommands: withDefault(
      StringList('Programs that cluster Secrets may run to sign in, as the Secrets name them.'),
      [],
    ),
    allowedExecVariables: withDefault(
      StringList(
        'Variables that cluster Secrets may set for those programs. Others are refused, since some make a program run another one.',
      ),
      EXEC_VARIABLES,
    ),
  },
  strict,
)
const FluxDiscovery = Type.Object(
  {
    cluster: Type.String({ description: 'The cluster that holds the resources.', minLength: 1 }),
    namespaces: withDefault(
      StringList('Where Kustomizations, HelmReleases and GitRepositories are; `*` alone is everywhere.'),
      ['*'],
    ),
    allowedRepositories: withDefault(StringList('Globs of URLs that resources may name; any if empty.'), []),
    trustedUrls: withDefault(
      StringList(
        'Globs of URLs of repositories and API servers that resources may name although they are not https or lead to this host.',
      ),
      [],
    ),
    artifactUrls: withDefault(
      StringList(
        'Globs of URLs of artifacts that the exporter may ask Flux’s own server for, such as `http://source-controller.flux-system.svc.cluster.local/*`: for Bucket and ExternalArtifact, and for sources that it cannot read itself. None if empty.',
      ),
      [],
    ),
    crossNamespaceReferences: Type.Optional(
      Flag(
        'Whether Kustomizations and HelmReleases may use sources of other namespaces. Left out, it is what the flags of the controllers in `controllerNamespace` say, and no where there are none.',
      ),
    ),
    controllerNamespace: withDefault(
      Type.String({
        description: 'Where the controllers of Flux run: the flags of their Deployments count.',
        minLength: 1,
      }),
      'flux-system',
    ),
  },
  strict,
)
const HelmDiscovery = Type.Object(
  {
    cluster: Type.String({ description: 'The cluster whose Helm releases are apps.', minLength: 1 }),
    namespaces: withDefault(StringList('Where releases are; `*` alone is everywhere.'), ['*']),
  },
  strict,
)

/** The config file, as JSON Schema and, by `Static`, as a type. Rules for a single value are stated here, and what a key is when it is left out. */
export const ConfigSchema = Type.Object(
  {
    metrics: Metrics,
    pages: section(
      { ...listen('127.0.0.1', 8081), access: Access },
      {
        description:
          'Listener of the status page. On any other address than loopback it shows no values, but to whom a role says so.',
      },
    ),
    webhooks: webhooksSchema(listen('0.0.0.0', 8082)),
    shards: section(
      {
        count: atNextStart(
          withDefault(Type.Integer({ description: 'How many there are.', minimum: 1, maximum: 1000 }), 1),
        ),
        index: atNextStart(
          Type.Optional(
            Type.Integer({
              description:
                'Which of them this is, from 0. `--shard` and the variable `GITOPS_SHARD` win: an index, or the name of a pod that ends in it.',
              minimum: 0,
              maximum: 999,
            }),
          ),
        ),
      },
      { description: 'Several exporters that share the clusters, each with the apps of its own.' },
    ),
    externalUrl: Type.Optional(
      Type.String({
        description:
          'Where people reach the status page, `https://…`: for links in alerts and dashboards. With shards, `{shard}` stands for the index, and their pages link to each other.',
        minLength: 1,
      }),
    ),
    links: Type.Optional(Links),
    schedule: atNextStart(
      withDefault(
        Type.String({
          description:
            'When everything is evaluated from scratch: cron, five fields, UTC. Changes are seen in between.',
        }),
        '*/10 * * * *',
      ),
    ),
    stateDirectory: atNextStart(
      withDefault(
        Type.String({ description: 'Folder for mirrors and state, for this process alone.', minLength: 1 }),
        '/var/lib/gitops-drift-exporter',
      ),
    ),
    staleAfter: section({
      cluster: atNextStart(Duration('Without contact to the cluster for longer, its apps are Unknown.', '2m')),
      git: atNextStart(Duration('Without contact to the repository for longer, its apps are Unknown.', '5m')),
    }),
    journal: Journal,
    audit: Audit,
    rewrites: Type.Optional(
      Type.Array(
        Type.Object({ match: Path('Start of a URL.'), fetchFrom: Path('What to put in its place.') }, strict),
        { description: 'Fetch URLs that start so from elsewhere; the longest match wins.' },
      ),
    ),
    charts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            match: Path('Start of the URL of a Helm repository, or of an `oci://` URL.'),
            folder: Path('A folder of archives, `<chart>-<version>.tgz` as `helm pull` names them.'),
          },
          strict,
        ),
        { description: 'Take charts of URLs that start so from a folder, and ask no server; the longest match wins.' },
      ),
    ),
    repositories: Type.Optional(Type.Array(Repository, { description: 'Only those that need more than their URL.' })),
    credentials: Type.Optional(
      Type.Array(Credential, {
        description:
          'Who signs in to all that begins alike; the longest match wins. What `repositories` says comes first.',
      }),
    ),
    decryption: Type.Optional(Decryption),
    clusters: Type.Optional(Type.Array(Cluster, { description: 'How each cluster is reached: exactly one way.' })),
    apps: Type.Optional(Type.Array(App, { description: 'Apps that no controller declares.' })),
    discovery: section(
      {
        argocd: Type.Optional(Type.Array(ArgocdDiscovery)),
        flux: Type.Optional(Type.Array(FluxDiscovery)),
        helm: Type.Optional(Type.Array(HelmDiscovery)),
      },
      { description: 'Where to find apps that controllers manage.' },
    ),
    comparing: section(
      {
        manualManagers: withDefault(StringList('Field managers of people’s tools; `*` at the end matches any rest.'), [
          ...DEFAULT_MANUAL_MANAGERS,
        ]),
        persons: Type.Optional(StringList('The former name of `manualManagers`; read until the next release.')),
        added: withDefault(Added, 'drift'),
        addedByNobody: withDefault(AddedByNobody, 'report'),
        operationalMarks: Type.Optional(
          Type.Array(OperationalMark, {
            description: 'What tools write while people operate a cluster, besides what is known: shown, and no drift.',
          }),
        ),
        compare: withDefault(Compare, 'client-side'),
        secrets: withDefault(Secrets, 'compare'),
        ignore: Type.Optional(Type.Array(IgnoreRule, { description: 'Differences that do not count.' })),
      },
      { description: 'What is drift.' },
    ),
    limits: section({
      renderTimeout: atNextStart(Duration('One rendering; a longer one is stopped.', '30s')),
      documentBytes: atNextStart(
        withDefault(
          Type.Integer({
            description: 'Largest plain YAML or JSON document in Git, and largest object in a snapshot.',
            minimum: 1000,
            maximum: 256_000_000,
          }),
          10_000_000,
        ),
      ),
    }),
    compatibility: section({
      argocd: withDefault(Flag('Also `argocd_app_info`, for apps that are not Argo CD’s.'), false),
    }),
  },
  { ...strict, title: 'Configuration of gitops-drift-exporter' },
)

/** The file after its check: what was left out filled in, durations as text. */
export type ConfigFile = Static<typeof ConfigSchema>
export type AppFile = NonNullable<ConfigFile['apps']>[number]
export type SourceFile = NonNullable<AppFile['source']>
export type ClusterFile = NonNullable<ConfigFile['clusters']>[number]
export type CredentialFile = NonNullable<ConfigFile['credentials']>[number]
export type RepositoryFile = NonNullable<ConfigFile['repositories']>[number]
export type SelectorFile = NonNullable<AppFile['destination']['clusterSelector']>
export type IgnoreRuleFile = NonNullable<AppFile['ignore']>[number]
export type OperationalMarkFile = NonNullable<NonNullable<ConfigFile['comparing']>['operationalMarks']>[number]
