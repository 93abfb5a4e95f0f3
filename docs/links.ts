import { LINK_PLACEHOLDERS } from '../src/model/apps/links.ts'
import type { GeneratedFile } from './generated-file.ts'

/** What docs/links.md shows; a test reads it with the config's own reader. */
export const LINKS_EXAMPLE = `links:
- name: Argo CD
  url: https://argocd.example.com/applications/{namespace}/{app}
  controllers: [argocd]
- name: Grafana
  url: https://grafana.example.com/d/gitops-app?var-app={app}&var-cluster={cluster}&var-controller={controller}
- name: Runbook
  url: https://wiki.example.com/{label:team}/runbooks/{app}
- name: Silence
  url: https://alertmanager.example.com/#/silences/new?filter={matchers}
- name: Commit
  url: https://git.example.com/{repositoryPath}/-/commit/{commit}
  repositories: ['https://git.example.com/*', 'git@git.example.com:*']
- name: What is not applied
  url: https://git.example.com/{repositoryPath}/-/compare/{previousCommit}...{commit}
  repositories: ['https://git.example.com/*', 'git@git.example.com:*']
`

/** docs/links.md: placeholders from the code, the rest as it is. */
export const linksPage: GeneratedFile = {
  path: 'docs/links.md',
  make: () =>
    [
      '<!-- Made from docs/links.ts and src/model/apps/links.ts by `npm run generate`. -->\n',
      '# From the page of an app to elsewhere\n',
      'The page of an app has the commands that show its difference elsewhere (`argocd app diff`, `flux diff`, `kubectl diff`, `check --diff`), for each field a rule that ignores it, and a silence for its alerts. They are texts: a button copies them, and without JavaScript they are selected by hand. `config.yaml` in them is your config file; `kubectl` and the controllers’ tools use the context that they have. The rules are for `comparing.ignore`, or `ignore` of one app. `kubectl diff` shows Secrets as different, since `render` redacts their values.\n',
      'Commits, and what is between the commit that was applied and the one that Git is at, link to github.com, gitlab.com, bitbucket.org and codeberg.org without any config. Everything else is said by `links`:\n',
      '```yaml',
      `${LINKS_EXAMPLE}\`\`\`\n`,
      '| placeholder | stands for |',
      '| --- | --- |',
      ...Object.entries(LINK_PLACEHOLDERS).map(([name, meaning]) => `| \`{${name}}\` | ${meaning} |`),
      '| `{label:KEY}` | that label of the app |\n',
      '- Values are percent-encoded. In `{repositoryPath}`, `{path}` and `{revision}` slashes stay.',
      '- A link is left out where the app has no such thing, such as a commit that is not known yet, or where a value is `.` or `..`, which browsers take for a way.',
      '- URLs are `http` or `https`, and placeholders stand behind the host: names come from repositories and clusters, and must not decide which server somebody is sent to. `validate` tells what is wrong.',
      '- A link is on the page of its app, and shows nothing that this page does not: who may not see the app gets neither.\n',
      'Alerts and dashboards link back to the page: set [`externalUrl`](config.md).\n',
    ].join('\n'),
}
