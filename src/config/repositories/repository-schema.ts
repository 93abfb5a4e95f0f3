import * as Type from '@sinclair/typebox'
import { DEFAULT_POLL_SECONDS } from '../../model/settings.ts'
import { Choice, Duration, Flag, Path, StringList, strict, withDefault } from '../field-schema.ts'

/** Variables of this process that programs of the clouds sign in with, and what any program needs. */
const HELPER_VARIABLES = [
  ...['PATH', 'HOME', 'TMPDIR', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  ...['AWS_STS_REGIONAL_ENDPOINTS', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  ...[
    'AZURE_CLIENT_ID',
    'AZURE_CLIENT_SECRET',
    'AZURE_TENANT_ID',
    'AZURE_AUTHORITY_HOST',
    'AZURE_FEDERATED_TOKEN_FILE',
  ],
  ...['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_CONFIG', 'DOCKER_CONFIG'],
]

const KnownHostsFile = Path('A known_hosts file: which SSH servers are who they say. Read at each connection.')

/** One way to sign in, wherever it stands. */
const login = {
  username: Type.Optional(Type.String({ minLength: 1 })),
  usernameFile: Type.Optional(Path('File with the user name.')),
  passwordFile: Type.Optional(Path('File with the password or token for basic authentication.')),
  tokenFile: Type.Optional(Path('File with a bearer token.')),
  privateKeyFile: Type.Optional(Path('File with a private key for SSH.')),
  passphraseFile: Type.Optional(Path('File with the passphrase of that key.')),
  githubApp: Type.Optional(
    Type.Object(
      {
        appId: Type.String({ description: 'ID of the app, or its client ID.', minLength: 1 }),
        installationId: Type.Optional(
          Type.String({
            description: 'ID of the installation. Left out, it is that of the owner of each repository.',
            minLength: 1,
          }),
        ),
        privateKeyFile: Path('File with the private key of the app, PEM.'),
        apiUrl: withDefault(
          Type.String({ description: 'Of GitHub Enterprise `https://host/api/v3`.', minLength: 1 }),
          'https://api.github.com',
        ),
      },
      { ...strict, description: 'Sign in as an installation of a GitHub App.' },
    ),
  ),
  helper: Type.Optional(
    Type.Object(
      {
        command: Type.Array(Type.String({ minLength: 1 }), {
          description: 'Program and arguments; `get` is added. It is looked up on PATH unless it is a path.',
          minItems: 1,
        }),
        protocol: Choice(['git', 'docker'], 'What it speaks: `git` as git’s credential helpers, `docker` as docker’s.'),
        useHttpPath: withDefault(Flag('Tell a helper of git the path of the repository, too.'), false),
        variables: withDefault(
          StringList('Variables of the exporter that it gets; it gets no others.'),
          HELPER_VARIABLES,
        ),
      },
      { ...strict, description: 'A program that hands out credentials, such as those of the clouds.' },
    ),
  ),
}

/** An entry of `credentials`. */
export const Credential = Type.Object(
  {
    match: Path('Start of a URL, with the whole host: `https://git.example.com/team/`, `ssh://git@git.example.com/`.'),
    ...login,
    knownHostsFile: Type.Optional(KnownHostsFile),
    anyResource: withDefault(
      Flag(
        'Also for repositories that resources name without credentials of their own. Whoever may write a resource then reads what these credentials can.',
      ),
      false,
    ),
  },
  strict,
)

/** An entry of `repositories`. */
export const Repository = Type.Object(
  {
    url: Path(
      'As the apps say it; with `*`, which matches anything, every URL like it is fetched from the one `fetchFrom`.',
    ),
    fetchFrom: Type.Optional(Path('Fetch from here instead: `https://…`, `ssh://…`, `http://…` or `file:…`.')),
    credentials: Type.Optional(
      Type.Object(login, { ...strict, description: 'One way to sign in. Files are read again at each use.' }),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          caFile: Type.Optional(Path('Certificates to trust, PEM.')),
          certificateFile: Type.Optional(Path('Certificate to show to the server, PEM.')),
          keyFile: Type.Optional(Path('Its key, PEM.')),
          insecureSkipVerify: withDefault(Flag('Trust any certificate.'), false),
        },
        strict,
      ),
    ),
    knownHostsFile: Type.Optional(KnownHostsFile),
    proxy: Type.Optional(Path('Proxy to go through, `http://host:port`; not for SSH.')),
    pollInterval: Duration('How often the remote is asked for its branches.', `${DEFAULT_POLL_SECONDS}s`),
  },
  strict,
)
