import type { GeneratedFile } from './generated-file.ts'

const INTRODUCTION = `# Accuracy

Whether a verdict is right is tried against the programs that write to clusters, not against an opinion of them. \`npm run record\` starts, on real API
servers (Kubernetes 1.36), each built from its Go module:

| program | part |
| --- | --- |
| Argo CD 3.5.7 (application controller, repo-server, Debian's Redis) | rolls every app out twice: client-side into its own cluster, server-side into another one |
| Flux's kustomize-controller 1.9.6 | rolls out what is YAML or a kustomization. source-controller cannot be had as a module: the recording plays it (\`status.artifact\` and a tarball), so how soon Flux sees a commit is not measured |
| helm 4.3.1 | installs the charts, server-side and client-side |
| kube-controller-manager 1.36.3 | makes in every cluster what Kubernetes makes: ReplicaSets, Pods, Endpoints, revisions. Nothing runs the Pods, so hooks never end, and a sync that waits for one stays where it is |
| a MutatingAdmissionPolicy, a LimitRange, default classes | write what nobody owns, as Kyverno's and Istio's webhooks do. Kyverno and cert-manager themselves are not started |

helm-controller cannot be had as a module. HelmReleases are therefore not recorded; they are held to its rules by cases (test/discovery/flux), and to Helm's
part of it by the releases above.

The apps are those of public repositories that the tests hold (Argo CD's own end-to-end tests among them) and small ones after public bug reports
(test/record/apps), from a real Git server. What then lives in the clusters, managedFields included, and what each controller says of each app is kept in
test/record/recordings; \`npm test\` replays it without the programs: where a controller says Synced, Ready or deployed there is nothing to tell of the app, or a
reason stands at the end of this page. \`npm run record\` then makes changes as people do, with kubectl and with commits, and prints who saw each of them and
after how long; that part is not kept as a fixture yet.

To try it: \`npm run record\` (Go 1.26, \`redis-server\`; 20 minutes to build the controllers once, then about half an hour on two cores), then \`npm run generate\`.
`

/** docs/accuracy.md: what was tried, from the recordings that `npm run record` made. */
export const accuracyPage: GeneratedFile = {
  path: 'docs/accuracy.md',
  make: async () => {
    const { readVerdicts, isGood, KNOWN_BETTER } = await recordings()
    const { recordedAt, apps } = await readVerdicts('rolled-out')
    const reported = Object.values(apps)
    const counts = `Recorded on ${recordedAt.slice(0, 10)}: ${reported.length} apps, of which the controllers called ${reported.filter(isGood).length} Synced, Ready or deployed.`
    const reasons = KNOWN_BETTER.map(
      ({ apps: of, why }) => `| ${of.map((key) => `\`${key}\``).join(', ')} | ${why} |\n`,
    )
    return [
      '<!-- Made from test/record/recordings by `npm run generate`. -->\n\n',
      INTRODUCTION,
      `\n## What was recorded\n\n${counts}\n`,
      '\n## Where this exporter says otherwise, and why\n\n| apps | why |\n| --- | --- |\n',
      ...reasons,
    ].join('')
  },
}

/** Loaded when it is wanted: who builds the program alone has no tests. */
async function recordings() {
  const [recording, status, known] = await Promise.all([
    import('../test/record/recording.ts'),
    import('../test/record/reported-status.ts'),
    import('../test/record/known-better.ts'),
  ])
  return { ...recording, ...status, ...known }
}
