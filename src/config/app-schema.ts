import * as Type from '@sinclair/typebox'
import { DEFAULT_MANAGERS } from './default-managers.ts'
import { Name, StringList, strict, withDefault } from './field-schema.ts'
import { Source, StringMap } from './source-schema.ts'

const Selector = Type.Object(
  {
    matchLabels: Type.Optional(StringMap('All of these labels.')),
    matchExpressions: Type.Optional(
      Type.Array(
        Type.Object(
          {
            key: Type.String({ minLength: 1 }),
            operator: Type.Union(
              [Type.Literal('In'), Type.Literal('NotIn'), Type.Literal('Exists'), Type.Literal('DoesNotExist')],
              { title: 'In, NotIn, Exists or DoesNotExist' },
            ),
            values: Type.Optional(Type.Array(Type.String())),
          },
          strict,
        ),
        { description: 'All of these conditions, as in Kubernetes.' },
      ),
    ),
  },
  strict,
)

export const Added = Type.Union([Type.Literal('drift'), Type.Literal('report'), Type.Literal('ignore')], {
  title: 'drift, report or ignore',
  description: 'What a field counts that a person added: drift, only shown, or not even that.',
})
export const AddedByNobody = Type.Union([Type.Literal('report'), Type.Literal('drift'), Type.Literal('ignore')], {
  title: 'report, drift or ignore',
  description:
    'What a field counts that nobody owns on an object whose other fields have owners: admission adds such fields.',
  default: 'report',
})
export const OperationalMark = Type.Object(
  {
    group: Type.Optional(Type.String({ description: 'API group; `*` matches any characters, absent matches all.' })),
    kind: Type.Optional(Type.String()),
    key: Type.Optional(
      Type.String({
        description: 'Key of an annotation or label, on the object or a template in it; `*` matches any characters.',
        minLength: 1,
      }),
    ),
    path: Type.Optional(
      Type.String({ description: 'Or a field, such as `/spec/restartAt`; a step `*` is any.', minLength: 1 }),
    ),
  },
  strict,
)
export const Compare = Type.Union([Type.Literal('client-side'), Type.Literal('server-side')], {
  title: 'client-side or server-side',
  description: '`server-side` asks the API server by a dry run, which needs the right to patch.',
})
export const Secrets = Type.Union([Type.Literal('compare'), Type.Literal('skip')], {
  title: 'compare or skip',
  description: '`skip` does without the right to read Secrets.',
})

export const IgnoreRule = Type.Object(
  {
    group: Type.Optional(Type.String({ description: 'API group; `*` matches any characters, absent matches all.' })),
    kind: Type.Optional(Type.String()),
    namespace: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    jsonPointers: Type.Optional(StringList('Fields, such as `/spec/replicas`.')),
    jqPathExpressions: Type.Optional(StringList('Fields, such as `.spec.containers[].image`.')),
    managedFieldsManagers: Type.Optional(StringList('Fields that these managers own.')),
  },
  strict,
)

const Tracking = Type.Object(
  {
    method: Type.Union(
      [
        Type.Literal('none'),
        Type.Literal('annotation'),
        Type.Literal('label'),
        Type.Literal('annotation+label'),
        Type.Literal('flux'),
        Type.Literal('helm'),
      ],
      { title: 'none, annotation, label, annotation+label, flux or helm' },
    ),
    name: Type.Optional(
      Type.String({
        description: 'Name in the tracking label or annotation; that of the app if absent.',
        minLength: 1,
      }),
    ),
    namespace: Type.Optional(
      Type.String({ description: 'Namespace in the labels of Flux and Helm; that of the destination if absent.' }),
    ),
    labelKey: withDefault(Type.String({ description: 'Argo CD’s tracking label.' }), 'app.kubernetes.io/instance'),
    installationId: Type.Optional(Type.String({ description: 'Argo CD’s installation ID.' })),
    group: withDefault(
      Type.Union([Type.Literal('kustomize.toolkit.fluxcd.io'), Type.Literal('helm.toolkit.fluxcd.io')], {
        title: 'kustomize.toolkit.fluxcd.io or helm.toolkit.fluxcd.io',
      }),
      'kustomize.toolkit.fluxcd.io',
    ),
  },
  { ...strict, description: 'How the controller marks what belongs to the app: finds objects that Git lacks.' },
)

export const App = Type.Object(
  {
    name: Name('Unique in the file.'),
    project: withDefault(Type.String({ description: 'For routing alerts.' }), ''),
    labels: Type.Optional(StringMap('Labels of the app.')),
    source: Type.Optional(Source),
    sources: Type.Optional(
      Type.Array(Source, { minItems: 1, description: 'Instead of `source`: several, each with the keys of `source`.' }),
    ),
    destination: Type.Object(
      {
        cluster: Type.Optional(Type.String({ description: 'Name of a cluster.', minLength: 1 })),
        clusterSelector: Type.Optional(Selector),
        namespace: withDefault(Type.String({ description: 'Of objects that name none.', minLength: 1 }), 'default'),
      },
      { ...strict, description: 'A cluster, or every cluster that a selector matches: one instance of the app each.' },
    ),
    managers: withDefault(
      StringList('Field managers whose writes are GitOps writes; `*` at the end matches any rest.'),
      [...DEFAULT_MANAGERS],
    ),
    tracking: Type.Optional(Tracking),
    showValues: withDefault(
      StringList(
        'Namespaces besides that of the destination whose live values may be shown; `*` is everything, what is in no namespace too.',
      ),
      [],
    ),
    ignore: Type.Optional(Type.Array(IgnoreRule, { description: 'Besides those of `comparing`.' })),
    policy: Type.Optional(
      Type.Object(
        {
          added: Type.Optional(Added),
          addedByNobody: Type.Optional(AddedByNobody),
          compare: Type.Optional(Compare),
          secrets: Type.Optional(Secrets),
        },
        { ...strict, description: 'Instead of what `comparing` says.' },
      ),
    ),
  },
  strict,
)
