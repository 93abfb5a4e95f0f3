import { isDeepStrictEqual } from 'node:util'

/** Apps of which the exporter says something else than their controller, or more. */
export interface KnownDifference {
  /** Keys of apps, `controller/name@cluster`. */
  readonly apps: readonly string[]
  /** All that the exporter tells of each of them; see differencesOf. */
  readonly told: readonly (readonly string[])[]
  /** Why that is right. */
  readonly why: string
}

const NULLS =
  'Git declares `null`, which the API server drops: an apply changes nothing (`kubectl diff` is empty). Argo CD compares the null with what is not there and stays OutOfSync after every sync.'

/** Where the exporter is right, or knows more. */
export const KNOWN_BETTER: readonly KnownDifference[] = [
  {
    apps: [
      'argocd/field-mutated-by-policy@client-side',
      'argocd/field-mutated-by-policy-ssa@server-side',
      'flux/field-mutated-by-policy@flux',
    ],
    told: [
      [
        '/metadata/annotations/policy.example.com~1checked',
        '/spec/template/spec/containers/1',
        '/spec/template/spec/priorityClassName',
      ],
      ['/metadata/annotations', '/spec/template/spec/containers/1', '/spec/template/spec/priorityClassName'],
    ].map((paths) => paths.map((path) => `Deployment/web added ${path} report`)),
    why: 'A mutating admission policy added these, and nobody owns them. They are shown, with that reason, and are no drift; the controllers do not show them at all.',
  },
  {
    apps: [
      'argocd/argo-bad-servicecatalog-ssa@server-side',
      'argocd/field-config-map-nulls@client-side',
      'argocd/field-config-map-nulls-ssa@server-side',
      'argocd/field-secret-nulls@client-side',
    ],
    told: [[]],
    why: NULLS,
  },
  {
    apps: ['argocd/field-crd-zero-values@client-side', 'argocd/field-crd-zero-values-ssa@server-side'],
    told: [[]],
    why: 'A CRD as controller-gen writes it, with `preserveUnknownFields: false`, empty lists and a status: the API server drops what is zero, and an apply changes nothing. Argo CD 3 does not ignore `preserveUnknownFields` any more and stays OutOfSync.',
  },
]

/** Why that is told of the app, and nothing else: `undefined` where nothing says so. */
export function knownDifference(
  known: readonly KnownDifference[],
  key: string,
  told: readonly string[],
): KnownDifference | undefined {
  return known.find((one) => one.apps.includes(key) && one.told.some((lines) => isDeepStrictEqual(lines, told)))
}
