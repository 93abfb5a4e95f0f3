import type { FuzzTarget } from './target.ts'
import { applications, argocdSettings, clusterSecrets } from './targets/argocd.ts'
import { kustomizations } from './targets/flux.ts'
import { packets, packs } from './targets/git.ts'
import { globs } from './targets/globs.ts'
import { json } from './targets/json.ts'
import { jq, templates } from './targets/sandboxed.ts'
import { urls } from './targets/urls.ts'
import { watchStreams } from './targets/watch.ts'
import { yaml, yamlEvents, yamlUpstream } from './targets/yaml.ts'

/** Every border at which text and bytes of others come in. */
export const TARGETS: readonly FuzzTarget[] = [
  json,
  yaml,
  yamlEvents,
  yamlUpstream,
  packets,
  packs,
  watchStreams,
  urls,
  applications,
  clusterSecrets,
  argocdSettings,
  kustomizations,
  globs,
  jq,
  templates,
]
