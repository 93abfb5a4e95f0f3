import { Type } from '@sinclair/typebox'
import type { Json } from '../model/json.ts'
import { strict } from './field-schema.ts'

const Text = (description: string) => Type.Optional(Type.String({ description }))
const Flag = (description: string) => Type.Optional(Type.Boolean({ description }))
const Texts = (description: string) => Type.Optional(Type.Array(Type.String(), { description }))
export const TextMap = (description: string) => Type.Record(Type.String(), Type.String(), { description })

const Variable = Type.Object(
  { name: Type.String(), value: Type.String(), code: Flag('The value is jsonnet code, not a string.') },
  strict,
)

const Jsonnet = Type.Object(
  {
    extVars: Type.Optional(Type.Array(Variable, { description: 'External variables.' })),
    tlas: Type.Optional(Type.Array(Variable, { description: 'Top-level arguments.' })),
    libs: Texts('Library folders, from the root of the repository.'),
  },
  strict,
)

const Directory = Type.Object(
  {
    recurse: Flag('Read folders below, too.'),
    include: Text('Glob of the files to read.'),
    exclude: Text('Glob of the files to leave out.'),
    jsonnet: Type.Optional(Jsonnet),
  },
  strict,
)

const Patch = Type.Object(
  {
    path: Text('A file with the patch.'),
    patch: Text('The patch itself.'),
    target: Type.Optional(
      Type.Object(
        {
          group: Text('API group.'),
          version: Text('API version.'),
          kind: Text('Kind.'),
          name: Text('Name, a regular expression.'),
          namespace: Text('Namespace, a regular expression.'),
          labelSelector: Text('Labels.'),
          annotationSelector: Text('Annotations.'),
        },
        strict,
      ),
    ),
    options: Type.Optional(Type.Record(Type.String(), Type.Boolean())),
  },
  strict,
)

const Kustomize = Type.Object(
  {
    namePrefix: Text('Put before every name.'),
    nameSuffix: Text('Put after every name.'),
    namespace: Text('Namespace of every object.'),
    images: Texts('`[name=]newName[:tag|@digest]`.'),
    replicas: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String(),
            count: Type.Union([Type.Integer(), Type.String()], { title: 'a whole number' }),
          },
          strict,
        ),
        { description: 'Replica counts by name.' },
      ),
    ),
    commonLabels: Type.Optional(TextMap('Labels of every object.')),
    commonAnnotations: Type.Optional(TextMap('Annotations of every object.')),
    commonAnnotationsEnvsubst: Flag('Put build variables into commonAnnotations.'),
    forceCommonLabels: Flag('Replace labels that are there.'),
    forceCommonAnnotations: Flag('Replace annotations that are there.'),
    labelWithoutSelector: Flag('Leave selectors alone.'),
    labelIncludeTemplates: Flag('Label pod templates, too.'),
    patches: Type.Optional(Type.Array(Patch)),
    components: Texts('Kustomize components, relative to the path.'),
    ignoreMissingComponents: Flag('Leave out components that are not there.'),
    kubeVersion: Text('Instead of the version of the cluster.'),
    apiVersions: Texts('Instead of those of the cluster.'),
  },
  strict,
)

const Parameter = Type.Object(
  { name: Type.String(), value: Type.String(), forceString: Flag('Never read the value as a number or boolean.') },
  strict,
)

const Helm = Type.Object(
  {
    releaseName: Text('Release name; the name of the app if absent.'),
    namespace: Text('Release namespace; that of the destination if absent.'),
    valueFiles: Texts('Values files, relative to the path; `/…` from the root, `$ref/…` from another source.'),
    ignoreMissingValueFiles: Flag('Leave out values files that are not there.'),
    values: Text('Values, as YAML text.'),
    valuesObject: Type.Optional(
      Type.Record(Type.String(), Type.Unsafe<Json>(Type.Unknown()), { description: 'Values, as they are.' }),
    ),
    parameters: Type.Optional(Type.Array(Parameter, { description: 'As `helm --set` and `--set-string`.' })),
    fileParameters: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), path: Type.String() }, strict), {
        description: 'As `helm --set-file`.',
      }),
    ),
    skipCrds: Flag('Leave out the folder crds/.'),
    skipTests: Flag('Leave out test hooks.'),
    skipSchemaValidation: Flag('Do not hold values to values.schema.json.'),
    passCredentials: Flag('Accepted for the sake of copied sources; nothing is downloaded.'),
    kubeVersion: Text('Instead of the version of the cluster.'),
    apiVersions: Texts('Instead of those of the cluster.'),
  },
  strict,
)

/** One source of an app, in Argo CD's words where Argo CD has them. */
export const Source = Type.Object(
  {
    repository: Type.String({
      description: 'URL of the repository: `https://…`, `http://…`, `file:…`; others need a rewrite.',
      minLength: 1,
    }),
    revision: Type.Optional(
      Type.String({ description: 'Branch, tag, commit, semver range or `HEAD`.', minLength: 1, default: 'HEAD' }),
    ),
    path: Type.Optional(Type.String({ description: 'Folder in the repository.', default: '.' })),
    ref: Type.Optional(
      Type.String({
        description: 'Name under which other sources use files of this one; without a path it renders nothing itself.',
        title: 'a name of letters, digits, "-" and "_", such as values',
        pattern: '^[a-zA-Z0-9_-]+$',
      }),
    ),
    directory: Type.Optional(Directory),
    kustomize: Type.Optional(Kustomize),
    helm: Type.Optional(Helm),
    jsonnet: Type.Optional(Jsonnet),
  },
  strict,
)
