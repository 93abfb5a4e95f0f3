import * as Type from '@sinclair/typebox'
import { atNextStart, Duration, Flag, Path, StringList, strict, withDefault } from '../field-schema.ts'

const Role = Type.Object(
  {
    users: withDefault(StringList('Users whom it is for; `*` stands for any text.'), []),
    groups: withDefault(StringList('Groups whom it is for, in the same way.'), []),
    projects: StringList('Projects whose apps they see, in the same way; apps without one are seen by `*` alone.'),
    clusters: withDefault(StringList('Clusters for which these apps are, in the same way.'), ['*']),
    values: withDefault(Flag('Whether they see values of fields, too; those of Secrets nobody sees.'), false),
  },
  strict,
)

const HeaderName = (description: string, value: string) =>
  withDefault(Type.String({ description, title: 'the name of a header', pattern: '^[A-Za-z0-9-]+$' }), value)

export const Access = atNextStart(
  Type.Optional(
    Type.Object(
      {
        roles: withDefault(
          Type.Array(Role, { description: 'Who sees which apps. Whoever has no role sees none.' }),
          [],
        ),
        proxy: Type.Optional(
          Type.Object(
            {
              addresses: withDefault(
                StringList('Where it connects from: addresses, or networks such as `10.0.0.0/8`.'),
                [],
              ),
              clientNames: withDefault(
                StringList('Alternative names of its client certificate, which webConfigFile has to have verified.'),
                [],
              ),
              userHeader: HeaderName('The header that names the user.', 'X-Forwarded-User'),
              groupsHeader: HeaderName(
                'The header that names his groups, with commas between them.',
                'X-Forwarded-Groups',
              ),
            },
            { ...strict, description: 'A proxy that signs people in and names them in headers.' },
          ),
        ),
        oidc: Type.Optional(
          Type.Object(
            {
              issuer: Type.String({ description: 'URL of the provider, https.', minLength: 1 }),
              clientId: Type.String({ description: 'What the provider knows this client by.', minLength: 1 }),
              clientSecretFile: Type.Optional(Path('File with its secret; without one it is a public client.')),
              scopes: withDefault(StringList('What is asked for, besides `openid`.'), ['profile', 'email']),
              userClaim: withDefault(Type.String({ description: 'The claim that names the user.' }), 'email'),
              groupsClaim: withDefault(Type.String({ description: 'The claim that has his groups.' }), 'groups'),
              sessionKeyFile: Type.Optional(
                Path(
                  'File with 32 bytes or more that sessions are signed with: the same for all replicas behind one address.',
                ),
              ),
              session: Duration('After so long people sign in again.', '8h'),
            },
            {
              ...strict,
              description:
                'An OpenID provider that people sign in at: `<externalUrl>/auth/callback` is where they come back.',
            },
          ),
        ),
        argocd: Type.Optional(
          Type.Object(
            {
              cluster: Type.String({ description: 'The cluster that Argo CD is in.', minLength: 1 }),
              namespace: withDefault(
                Type.String({
                  description: 'Its own namespace.',
                  title: 'the name of a namespace',
                  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
                }),
                'argocd',
              ),
            },
            {
              ...strict,
              description:
                'An Argo CD whose policies hold for its Applications here, too: roles of AppProjects and `argocd-rbac-cm`.',
            },
          ),
        ),
        tokens: Type.Optional(
          Type.Object(
            {
              cluster: Type.String({
                description:
                  'The cluster that says whose a bearer token is (TokenReview), and which apps that it declares he may `get` (SubjectAccessReview).',
                minLength: 1,
              }),
              audiences: withDefault(
                StringList('For whom tokens have to be made; for the API server itself if empty.'),
                [],
              ),
            },
            { ...strict, description: 'Bearer tokens of a cluster.' },
          ),
        ),
      },
      { ...strict, description: 'Who may see what; left out, everybody who reaches the listener sees everything.' },
    ),
  ),
)
