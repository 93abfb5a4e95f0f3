import { CONFIG_ERRORS } from './config-errors.ts'
import { GIT_ERRORS } from './git-errors.ts'
import { JOURNAL_ERRORS } from './journal-errors.ts'
import { SNAPSHOT_ERRORS } from './snapshot-errors.ts'
import { SOURCE_ERRORS } from './source-errors.ts'

/**
 * Every coded error: the `reason` label of `gitops_app_unknown_reason`, the key in JSON and the heading in docs/errors.md. Codes change
 * only with a changelog entry. `summary` says what a code stands for, `action` what a person can do about it.
 */
export const ERRORS = {
  GDE_ABORTED: {
    summary: 'The work was stopped before it was done',
    action: 'Nothing: it is done again in the next pass.',
  },
  GDE_INTERNAL: { summary: 'A bug in the exporter', action: 'Please report it with the log lines around it.' },
  GDE_NOT_EVALUATED: {
    summary: 'Not evaluated since the exporter started',
    action: 'Wait for the first pass; if it stays, look at the cluster and the repository of the app.',
  },
  GDE_STALE: {
    summary: 'The inputs of the last verdict are too old to be trusted',
    action: 'See why the cluster or repository has not answered for longer than staleAfter.',
  },
  GDE_TIMEOUT: {
    summary: 'Something took longer than its limit',
    action: 'Look at what is named in the message; raise the limit if the size is honest.',
  },
  GDE_TOO_LARGE: {
    summary: 'Something is larger than its limit',
    action: 'Make it smaller, or raise the limit if the size is honest.',
  },
  GDE_NOT_PERMITTED: {
    summary: 'A rule of trust forbids it',
    action: 'See docs/trust.md; allow it in the project or in the config if it is meant to be.',
  },

  ...CONFIG_ERRORS,
  GDE_STATE_DAMAGED: {
    summary: 'The state file cannot be used',
    action: 'Nothing: it was set aside and a new one begun; times since when apps drift start anew.',
  },
  GDE_STATE_DIRECTORY: {
    summary: 'The state directory cannot be used',
    action: 'Make stateDirectory in the config a folder that the exporter may write to.',
  },
  GDE_TEMPORARY_FOLDER: {
    summary: 'No temporary folder can be made',
    action: 'Set TMPDIR to a folder that can be written to.',
  },
  GDE_STATE_LOCKED: {
    summary: 'Another process uses the state directory',
    action: 'Give each process a stateDirectory of its own.',
  },
  ...JOURNAL_ERRORS,
  GDE_DIFF_PROGRAM: {
    summary: 'The program that shows differences failed',
    action: 'See what KUBECTL_EXTERNAL_DIFF names, or unset it.',
  },
  GDE_LISTEN: {
    summary: 'An address cannot be listened on',
    action: 'Check address and port of metrics and pages in the config, and what else uses them.',
  },

  ...GIT_ERRORS,

  GDE_RENDER_YAML: {
    summary: 'A manifest is not YAML or JSON that can be used',
    action: 'Mend the file at the line given.',
  },
  GDE_RENDER_OBJECT: {
    summary: 'A manifest is not a Kubernetes object',
    action: 'Give apiVersion, kind and metadata.name; quote the values of labels and annotations.',
  },
  GDE_RENDER_DUPLICATE: { summary: 'An object is declared twice', action: 'Remove one of the two.' },
  GDE_RENDER_KUSTOMIZE: {
    summary: 'kustomize cannot build it',
    action: 'Run `kustomize build` on the path to see the same error.',
  },
  GDE_RENDER_REMOTE_BASE: {
    summary: 'A kustomization names a remote base or file that its controller forbids, or whose server does not answer',
    action:
      'Vendor it, let `fetchFrom` of the config lead to a mirror that answers, or let a controller that forbids it run without `--no-remote-bases`.',
  },
  GDE_RENDER_HELM: {
    summary: 'Helm cannot render the chart',
    action: 'Run `helm template` with the same values to see the same error.',
  },
  GDE_RENDER_JSONNET: {
    summary: 'jsonnet cannot evaluate it',
    action: 'Run `jsonnet` on the file to see the same error.',
  },
  GDE_RENDER_OUTSIDE: {
    summary: 'A file outside the repository was asked for',
    action: 'Keep every file that is used inside the repository.',
  },
  GDE_RENDER_SYMLINK: {
    summary: 'A symlink cannot be followed',
    action: 'Let the symlink lead to a file of the repository.',
  },
  GDE_RENDER_UNSTABLE: {
    summary: 'Something changes from rendering to rendering',
    action: 'Use no random functions or clock in templates: what they make is shown and never counts as drift.',
  },
  GDE_RENDER_CRASHED: {
    summary: 'Rendering used up its memory or crashed',
    action: 'Look for a template that loops or grows without end.',
  },
  GDE_JQ_INVALID: {
    summary: 'A jq expression cannot be used',
    action: 'Try the expression with `jq`; it must be a path into the object.',
  },
  GDE_TEMPLATE_INVALID: {
    summary: 'A template cannot be expanded',
    action: 'Mend the template or its parameters at the place named.',
  },
  GDE_UNSUPPORTED_CREDENTIALS: {
    summary: 'Credentials of this kind are not supported',
    action:
      'Give user and password, a token, a key or a GitHub App for the repository, or name a helper for it in `credentials`.',
  },
  GDE_DECRYPTION_KEY: {
    summary: 'There is no key for what is encrypted in Git',
    action:
      'Name a file with one of the keys that the message names in `decryption.keys`. Keys in a KMS or Vault are not asked: encrypt for an age key, too.',
  },
  GDE_RENDER_DECRYPTION: {
    summary: 'What SOPS encrypted cannot be decrypted',
    action: 'Run `sops decrypt` on the file that the message names, and encrypt it anew.',
  },
  GDE_UNSUPPORTED_PLUGIN: {
    summary: 'The source is rendered by a plugin',
    action: 'Not supported: plugins run programs.',
  },
  GDE_UNSUPPORTED_SOURCE: {
    summary: 'This kind of source is not supported',
    action: 'Use Git; for Argo CD and Flux Helm repositories, registries and what docs/sources.md names besides.',
  },

  GDE_ARGOCD_INVALID: {
    summary: 'A resource or setting of Argo CD cannot be understood',
    action: 'Mend the field that the message names.',
  },
  GDE_ARGOCD_SETTING: {
    summary: 'A setting of Argo CD cannot be honoured',
    action: 'Expect verdicts of the apps that it concerns to differ from what Argo CD would say.',
  },
  GDE_FLUX_INVALID: {
    summary: 'A resource of Flux cannot be understood',
    action: 'Mend the field that the message names.',
  },
  GDE_FLUX_REFERENCE: {
    summary: 'A resource of Flux refers to what is not there',
    action: 'Create what is named, or mend the reference.',
  },
  GDE_FLUX_CLUSTER_REFERENCE: {
    summary: 'A resource of Flux refers to a Secret, a release or an artifact that its cluster does not have',
    action: 'Create what is named, or mend the reference. From a repository alone it cannot be known.',
  },
  GDE_FLUX_ARTIFACT: {
    summary: 'Only Flux’s own server has what the source gives, and the config does not let the exporter ask it',
    action: 'Name the URLs of that server in `artifactUrls` of the entry in `discovery.flux`; the message has the URL.',
  },
  GDE_HELM_STORAGE: {
    summary: "What Helm's storage says of a release cannot be used",
    action: 'See `helm status`; deploy the release again.',
  },
  GDE_APPSET_INVALID: {
    summary: 'An ApplicationSet cannot be understood',
    action: 'Mend the field that the message names.',
  },
  GDE_APPSET_ERROR: {
    summary: 'An ApplicationSet yields nothing because of an error',
    action: 'Mend what the message names: until then Argo CD creates, changes and deletes none of its Applications.',
  },
  GDE_APPSET_APPLICATION: {
    summary: 'An Application of an ApplicationSet is not valid, so Argo CD does not create it',
    action: 'Mend its name, project or destination in the template or in the parameters.',
  },
  GDE_APPSET_PLACEHOLDER: {
    summary: 'A placeholder of an ApplicationSet stands for nothing',
    action: 'Use a parameter that the generator gives, such as `{{server}}` of the cluster generator.',
  },
  GDE_APPSET_GENERATOR: {
    summary: 'An entry of generators holds no generator that is known',
    action: 'Check the name of the generator and its indentation.',
  },
  GDE_APPSET_CLUSTER: {
    summary: 'Several cluster Secrets have one name',
    action: 'Give each cluster a name of its own: generators see only one of them.',
  },
  GDE_APPSET_MISSING: {
    summary: 'Applications that an ApplicationSet stands for are not there',
    action: 'Look at the conditions of the ApplicationSet and at the log of the ApplicationSet controller.',
  },
  GDE_APPSET_SURPLUS: {
    summary: 'Applications that an ApplicationSet made are there, and it does not stand for them any more',
    action: 'See whether the policy of the ApplicationSet forbids deleting them, or finalizers hold them.',
  },
  GDE_APPSET_NOT_COMPUTABLE: {
    summary: 'What a generator gives cannot be computed',
    action: 'Nothing: SCM, pull request, plugin and cluster decision generators ask what only Argo CD can ask.',
  },

  GDE_COMPARE_FIELDS: {
    summary: 'Objects declare fields that the server does not know',
    action: 'Correct the spelling, or remove them; the app page and `check --diff` name them.',
  },
  GDE_COMPARE_VERSION: {
    summary: 'An object is declared in one version and read in another, and the two cannot be compared',
    action: 'Declare it in the version that the cluster prefers, or let the server compare (`compare: server-side`).',
  },

  GDE_CLUSTER_UNKNOWN: {
    summary: 'The destination is no cluster that is known',
    action: 'Check the name or URL of the destination, or add the cluster.',
  },
  GDE_CLUSTER_UNREACHABLE: {
    summary: 'The API server cannot be reached',
    action: 'Check address, network and the state of the API server.',
  },
  GDE_CLUSTER_AUTH: {
    summary: 'The API server refuses the credentials',
    action: 'Check the credentials of the cluster.',
  },
  GDE_CLUSTER_FORBIDDEN: {
    summary: 'The API server does not allow to read this',
    action: 'Grant get, list and watch on the kind named.',
  },
  GDE_CLUSTER_TLS: {
    summary: 'The certificate of the API server is not trusted',
    action: 'Check the certificate authority and the server name.',
  },
  GDE_CLUSTER_PROTOCOL: {
    summary: 'The API server answers what cannot be understood',
    action: 'Check that the address is that of a Kubernetes API server.',
  },
  GDE_CLUSTER_KUBECONFIG: {
    summary: 'The kubeconfig cannot be used',
    action: 'Check path, context and what the message names.',
  },
  GDE_CLUSTER_KIND: {
    summary: 'The cluster does not serve a kind that is declared',
    action: 'Install the CRD, or mend apiVersion and kind.',
  },
  GDE_CLUSTER_REFUSED: {
    summary: 'The API server refuses the object in a dry run',
    action: 'Apply it with `kubectl apply --server-side --dry-run=server` to see the same error.',
  },
  GDE_CHART_NEWEST_UNKNOWN: {
    summary: 'Whether the newest chart that is declared is installed is not known',
    action: 'Nothing: what is installed is allowed. Declare one version to have it compared.',
  },
  GDE_TRACKED_BY_LABEL: {
    summary: 'Extra objects name the app by a label alone',
    action: 'Delete what is left over; track by annotation where others copy labels.',
  },
  GDE_OWNERSHIP_UNKNOWN: {
    summary: 'Live objects came without managedFields, or without those of what Git declares',
    action:
      'Dump the snapshot with `--show-managed-fields`, so that what was added by hand can be told. Where somebody cleared them, the next server-side apply brings them back.',
  },
  ...SOURCE_ERRORS,
  ...SNAPSHOT_ERRORS,
} as const satisfies Record<`GDE_${string}`, ErrorDescription>

export interface ErrorDescription {
  readonly summary: string
  readonly action: string
}

export type ErrorCode = keyof typeof ERRORS
