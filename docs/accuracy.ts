import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GeneratedFile } from './generated-file.ts'

const ROOT = join(import.meta.dirname, '..')
const INTRODUCTION = `# Accuracy

Whether a verdict is right is tried against the programs that write to clusters, not against an opinion of them. \`npm run record\` starts, on real API
servers (Kubernetes 1.36), each built from its Go module:

| program | part |
| --- | --- |
| Argo CD 3.5.7 (application controller, repo-server, Debian's Redis) | rolls every app out twice: client-side into its own cluster, server-side into another one |
| Flux's kustomize-controller 1.9.6 | rolls out what is YAML or a kustomization. source-controller cannot be had as a module: the recording plays it (\`status.artifact\` and a tarball), so how soon Flux sees a commit is not measured |
| helm 4.3.1 | installs the charts, server-side and client-side |
| kube-controller-manager 1.36.3 | makes in every cluster what Kubernetes makes: ReplicaSets, Pods, Endpoints, revisions. Nothing runs the Pods, so hooks never end, and a sync that waits for one stays where it is |
| a MutatingAdmissionPolicy, a LimitRange, default classes | write what nobody owns, as Kyverno's and Istio's webhooks do. Kyverno itself is not started |
| the CA injector of cert-manager 1.21.2 | writes certificates into webhook configurations and CRDs that Argo CD and Flux have rolled out, in a recording of its own. Its controllers are cert-manager's, the program around them is ours, for cert-manager's own cannot be had as a module; the Secret that it reads is the recording's |

helm-controller cannot be had as a module. HelmReleases are therefore not recorded; they are held to its rules by cases (test/discovery/flux), and to Helm's
part of it by the releases above.

The apps are those of public repositories that the tests hold (Argo CD's own end-to-end tests among them) and small ones after public bug reports
(test/record/apps), from a real Git server. What then lives in the clusters, managedFields included, and what each controller says of each app is kept in
test/record/recordings; \`npm test\` replays it without the programs: where a controller says Synced, Ready or deployed there is nothing to tell of the app, or a
reason stands at the end of this page. Then people come with kubectl and with commits to some of these apps, on new servers, and both verdicts are timed; what lives
in the clusters then is replayed, too.

To try it: \`npm run record\` (Go 1.26, \`redis-server\`; 20 minutes to build the controllers once, then about half an hour on two cores, and a quarter for what
people change; \`-- --only roll-out\`, \`-- --only changes\` and \`-- --only injected\` make one part), then \`npm run generate\`.
`

const ABOUT_CHANGES = `Each change is made to an app of its own, \`kubectl\` as people type it, and each controller has four minutes, in which Argo CD looks at every app
anew; while it hangs, or is told to leave the app alone, half a minute. Times are from the beginning of the write, with kubectl's own start in them, on two cores
that were busy with other work; where there are several, the first and the last cluster to show it. Flux's apps have an interval that is not over by then; what
becomes of the change at its interval is looked up afterwards. Git is asked every 30 seconds here, and a webhook would make a second of it (Argo CD asks every two
to three minutes). Nobody deploys the commits: Argo CD's apps have no automated sync, and Flux is told of commits only at the end (–), for its source-controller is
played here.`

/** docs/accuracy.md: what was tried, from the recordings that `npm run record` made. */
export const accuracyPage: GeneratedFile = {
  path: 'docs/accuracy.md',
  make: async () => {
    const { readChanges, readVerdicts, changeTable, verdictTable, injectedTable, KNOWN_BETTER } = await recordings()
    const { recordedAt, apps } = await readVerdicts('rolled-out')
    const injected = (await readVerdicts('injected')).apps
    const changes = `${ABOUT_CHANGES}\n\n${changeTable((await readChanges()).rows)}`
    const reasons = KNOWN_BETTER.map(
      ({ apps: of, why }) => `| ${of.map((key) => `\`${key}\``).join(', ')} | ${why} |\n`,
    )
    return [
      '<!-- Made from test/record/recordings by `npm run generate`. -->\n\n',
      INTRODUCTION,
      `\n## What was rolled out\n\nRecorded on ${recordedAt.slice(0, 10)}.\n\n${verdictTable(apps)}\n`,
      `\n## Who sees what people change\n\n${changes}\n`,
      `\n## What the CA injector writes\n\n${injectedTable(injected)}\n`,
      '\n## Where this exporter says otherwise, and why\n\n| apps | why |\n| --- | --- |\n',
      ...reasons,
    ].join('')
  },
}

/** Loaded when it is wanted: who builds the program alone has no tests. */
async function recordings() {
  const [recording, table, status, known] = await Promise.all([
    import('../test/record/recording.ts'),
    import('../test/record/table.ts'),
    import('../test/record/reported-status.ts'),
    import('../test/record/known-better.ts'),
  ])
  return { ...recording, ...table, ...status, ...known }
}

const BEGIN = '<!-- What was recorded: made by `npm run generate`. -->\n'
const END = '<!-- Until here. -->\n'

/** README.md with the short form of the table. */
export const readmeTable: GeneratedFile = {
  path: 'README.md',
  make: async () => {
    const text = await readFile(join(ROOT, 'README.md'), 'utf8')
    const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
    if (begin === -1 || end < begin) throw new Error('README.md has no place for the table of changes')
    const { readChanges, shortTable } = await recordings()
    return `${text.slice(0, begin)}${BEGIN}\n${shortTable((await readChanges()).rows)}\n\n${text.slice(end)}`
  },
}
