import {
  DESCRIPTION_API_VERSION,
  DESCRIPTION_KIND,
  RELEASE_FIELD_SELECTOR,
} from '../../clusters/snapshot/description.ts'
import type { SecretsHeld } from '../../clusters/snapshot/secrets-held.ts'
import { printJson } from '../../kubernetes/serialization/json.ts'

/** One cluster of the script. */
export interface DumpedCluster {
  /** Of the folder, too. */
  readonly name: string
  /** Absent: whatever kubectl reaches by itself. */
  readonly kubeconfig?: string
  readonly context?: string
  /** Lines for the person who runs the script. */
  readonly notes: readonly string[]
}

const SECRETS: Readonly<Record<SecretsHeld, string>> = {
  all: 'every Secret in the clear',
  helm: "of Secrets Helm's releases alone, which hold the values that charts were given",
  none: 'no Secrets',
}

/** A plain shell script of kubectl commands; each cluster becomes a folder beside the others. Pure. */
export function dumpScript(clusters: readonly DumpedCluster[], secrets: SecretsHeld): string {
  return `#!/bin/sh
# Dumps clusters into folders that \`clusters[].snapshot\` of gitops-drift-exporter reads: every kind that
# \`kubectl api-resources --verbs=list\` names (CustomResourceDefinitions are among them), with managedFields, and
# ${SECRETS[secrets]}. Events are left out. The folders are readable by you alone.
set -u
umask 077

# dump FOLDER [what tells kubectl the cluster]
dump() {
  folder=$1
  shift
  mkdir "$folder" || return
  printf '%s\\n' ${quoted(printJson(described({ secrets })))} >"$folder/snapshot.jsonl" || return
  kubectl "$@" version --output=json >"$folder/version.json" || return
  kubectl "$@" api-resources --verbs=list --no-headers >"$folder/.kinds" ||
    echo "$folder: some APIs do not answer; their kinds are not in it" >&2
  # Columns: NAME, SHORTNAMES (may be empty), APIVERSION, NAMESPACED, KIND.
  awk '{ print $1, $(NF - 2), $NF }' "$folder/.kinds" >"$folder/.names"
  while read -r name version kind; do
    case $version in
      */*) group=\${version%/*} ;;
      *) group= ;;
    esac
    resource=$name\${group:+.$group}
    case $resource in
      events | events.events.k8s.io) continue ;;
${secretsCase(secrets)}      *) selector= ;;
    esac
    if kubectl "$@" get "$resource" --all-namespaces --show-managed-fields --chunk-size=500 --output=json \\
      \${selector:+"$selector"} </dev/null >"$folder/.part"; then
      mv "$folder/.part" "$folder/$resource.json"
      # An empty list of the kind says that all there is of it is here.
      printf '{"apiVersion":"%s","kind":"%sList","items":[]}\\n' "$version" "$kind" >>"$folder/snapshot.jsonl"
    else
      rm -f "$folder/.part"
      echo "$folder: $resource could not be listed; apps that declare it will be Unknown" >&2
      printf ${quoted(`${printJson(described({ leftOut: [{ group: '%s', kind: '%s', message: 'kubectl could not list %s' }] }))}\\n`)} "$group" "$kind" "$resource" >>"$folder/snapshot.jsonl"
    fi
  done <"$folder/.names"
  rm -f "$folder/.kinds" "$folder/.names"
}

${clusters.map(dumpCall).join('\n')}
# In the config:
# clusters:
${clusters.map(({ name }) => `#   - { name: ${JSON.stringify(name)}, snapshot: { path: ${JSON.stringify(`./${name}`)} } }\n`).join('')}`
}

function described(fields: Readonly<Record<string, string | readonly Readonly<Record<string, string>>[]>>) {
  return { apiVersion: DESCRIPTION_API_VERSION, kind: DESCRIPTION_KIND, ...fields }
}

function secretsCase(secrets: SecretsHeld): string {
  switch (secrets) {
    case 'all':
      return ''
    case 'helm':
      return `      secrets) selector=--field-selector=${RELEASE_FIELD_SELECTOR} ;;\n`
    case 'none':
      return '      secrets) continue ;;\n'
    default:
      return secrets satisfies never
  }
}

function dumpCall({ name, kubeconfig, context, notes }: DumpedCluster): string {
  const options = [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(context === undefined ? [] : [`--context=${context}`]),
  ]
  const lines = notes.map((note) => `# ${note.replaceAll(/[\r\n]+/g, ' ')}\n`)
  return `${lines.join('')}dump ${[`./${name}`, ...options].map(quoted).join(' ')}\n`
}

/** As a shell takes it for one word, whatever it holds. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
