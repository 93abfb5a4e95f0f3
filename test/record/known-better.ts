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

/** A difference that is wrong today and goes when its kind is mended; the list has to be empty then. */
export interface ExpectedFailure {
  readonly apps: RegExp
  readonly line: RegExp
  readonly rule: string
}

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [
  {
    apps: /^flux\//,
    line: /^Endpoints\/\S+ extra$/,
    rule: 'the endpoints controller copies the labels of a Service: what Flux would prune stands in its inventory',
  },
  {
    apps: /^flux\/field-crd-dummy-ca@/,
    line: /^CustomResourceDefinition\/peers\.net\.example\.com missing \/spec\/conversion\/webhook\/clientConfig\/caBundle drift$/,
    rule: 'kustomize-controller strips a caBundle that is no certificate before it applies',
  },
]

/**
 * Apps that are called Synced today and must not be: a file of which a later document is broken fails the whole app
 * (`getObjsFromYAMLOrJSON` of Argo CD).
 */
export const EXPECTED_SYNCED: readonly RegExp[] = [/^argocd\/field-broken-second-document/]

export function knownBetter(key: string): KnownDifference | undefined {
  return KNOWN_BETTER.find(({ apps }) => apps.includes(key))
}

/** What is told of the app without what is known to be wrong; its status goes with its last difference. */
export function withoutExpectedFailures(key: string, told: readonly string[]): readonly string[] {
  const failures = EXPECTED_FAILURES.filter(({ apps }) => apps.test(key))
  const isExpected = (line: string) => failures.some((failure) => failure.line.test(line))
  if (!told.some(isExpected)) return told
  const left = told.filter((line) => !isExpected(line))
  return left.every((line) => /^OutOfSync\b/.test(line)) ? [] : left
}
