/** The rule that everybody has, literally, for Argo CD's metric and for ours. */
export const CLASSIC_GROUPS = [
  {
    name: 'gitops-classic',
    rules: ['argocd_app_info', 'gitops_app_info'].map((metric) => ({
      alert: metric === 'argocd_app_info' ? 'ArgoCdAppNotSynced' : 'GitOpsAppNotSynced',
      expr: `${metric}{sync_status!="Synced"} > 0`,
      for: '5m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `{{ $labels.${metric === 'argocd_app_info' ? 'name' : 'app_name'} }} is {{ $labels.sync_status }}`,
        description: `The app has been {{ $labels.sync_status }} for more than 5 minutes.`,
      },
    })),
  },
] as const

/** What is wrong with it, said at the head of the file. */
export const CLASSIC_FAULTS = `The literal rule of the field, for those who have it already. rules.yaml is better, for this one
- resolves when the exporter dies, when discovery fails and when an app turns Unknown: the drift is still there;
- is another alert whenever a label changes (OutOfSync to Unknown, another revision, another pod), and waits five minutes anew;
- takes Unknown for drift, and pages for each app of a cluster that does not answer;
- pages for commits that the controller applies within its own interval, and for apps that people sync by hand;
- fires twice with two replicas or two scrape jobs.`
