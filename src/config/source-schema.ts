import * as Type from '@sinclair/typebox'
import type { Json } from '../model/json.ts'
import { strict, withDefault } from './field-schema.ts'

const OptionalString = (description: string) => Type.Optional(Type.String({ description }))
const OptionalBoolean = (description: string) => Type.Optional(Type.Boolean({ description }))
const OptionalStrings = (description: string) => Type.Optional(Type.Array(Type.String(), { description }))
export const StringMap = (description: string) => Type.Record(Type.String(), Type.String(), { description })

const Variable = Type.Object(
  { name: Type.String(), value: Type.String(), code: OptionalBoolean('The value is jsonnet code, not a string.') },
  strict,
)

const Jsonnet = Type.Object(
  {
    extVars: Type.Optional(Type.Array(Variable, { description: 'External variables.' })),
    tlas: Type.Optional(Type.Array(Variable, { description: 'Top-level arguments.' })),
    libs: OptionalStrings('Library folders, from the root of the repository.'),
  },
  strict,
)

const Directory = Type.Object(
  {
    recurse: OptionalBoolean('Read folders below, too.'),
    include: OptionalString('Glob of the files to read.'),
    exclude: OptionalString('Glob of the files to leave out.'),
    jsonnet: Type.Optional(Jsonnet),
  },
  strict,
)

const Patch = Type.Object(
  {
    path: OptionalString('A file with the patch.'),
    patch: OptionalString('The patch itself.'),
    target: Type.Optional(
      Type.Object(
        {
          group: OptionalString('API group.'),
          version: OptionalString('API version.'),
          kind: OptionalString('Kind.'),
          name: OptionalString('Name, a regular expression.'),
          namespace: OptionalString('Namespace, a regular expression.'),
          labelSelector: OptionalString('Labels.'),
          annotationSelector: OptionalString('Annotations.'),
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
    namePrefix: OptionalString('Put before every name.'),
    nameSuffix: OptionalString('Put after every name.'),
    namespace: OptionalString('Namespace of every object.'),
    images: OptionalStrings('`[name=]newName[:tag|@digest]`.'),
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
    commonLabels: Type.Optional(StringMap('Labels of every object.')),
    commonAnnotations: Type.Optional(StringMap('Annotations of every object.')),
    commonAnnotationsEnvsubst: OptionalBoolean('Put build variables into commonAnnotations.'),
    forceCommonLabels: OptionalBoolean('Replace labels that are there.'),
    forceCommonAnnotations: OptionalBoolean('Replace annotations that are there.'),
    labelWithoutSelector: OptionalBoolean('Leave selectors alone.'),
    labelIncludeTemplates: OptionalBoolean('Label pod templates, too.'),
    patches: Type.Optional(Type.Array(Patch)),
    components: OptionalStrings('Kustomize components, relative to the path.'),
    ignoreMissingComponents: OptionalBoolean('Leave out components that are not there.'),
    kubeVersion: OptionalString('Instead of the version of the cluster.'),
    apiVersions: OptionalStrings('Instead of those of the cluster.'),
  },
  strict,
)

const Parameter = Type.Object(
  {
    name: Type.String(),
    value: Type.String(),
    forceString: OptionalBoolean('Never read the value as a number or boolean.'),
  },
  strict,
)

const Helm = Type.Object(
  {
    releaseName: OptionalString('Release name; the name of the app if absent.'),
    namespace: OptionalString('Release namespace; that of the destination if absent.'),
    valueFiles: OptionalStrings(
      'Values files, relative to the path; `/…` from the root, `$ref/…` from another source.',
    ),
    ignoreMissingValueFiles: OptionalBoolean('Leave out values files that are not there.'),
    values: OptionalString('Values, as YAML text.'),
    valuesObject: Type.Optional(
      Type.Record(Type.String(), Type.Unsafe<Json>(Type.Unknown()), { description: 'Values, as they are.' }),
    ),
    parameters: Type.Optional(Type.Array(Parameter, { description: 'As `helm --set` and `--set-string`.' })),
    fileParameters: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), path: Type.String() }, strict), {
        description: 'As `helm --set-file`.',
      }),
    ),
    skipCrds: OptionalBoolean('Leave out the folder crds/.'),
    skipTests: OptionalBoolean('Leave out test hooks.'),
    skipSchemaValidation: OptionalBoolean('Do not hold values to values.schema.json.'),
    passCredentials: OptionalBoolean('Accepted for the sake of copied sources; nothing is downloaded.'),
    kubeVersion: OptionalString('Instead of the version of the cluster.'),
    apiVersions: OptionalStrings('Instead of those of the cluster.'),
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
    revision: withDefault(
      Type.String({ description: 'Branch, tag, commit, semver range or `HEAD`.', minLength: 1 }),
      'HEAD',
    ),
    path: withDefault(Type.String({ description: 'Folder in the repository.' }), '.'),
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
