import { expandLists } from '../../kubernetes/object.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import type { Problem } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { TreeReader } from '../../model/sources/tree.ts'
import { type KustomizationFile, readKustomization } from './kustomization-file.ts'

/** What declares apps, and what those are declared with, by group. */
const CONTROL_KINDS: Readonly<Record<string, readonly string[]>> = {
  'argoproj.io': ['Application', 'ApplicationSet', 'AppProject'],
  'source.toolkit.fluxcd.io': ['GitRepository', 'HelmRepository', 'OCIRepository', 'HelmChart', 'Bucket'],
  'source.extensions.fluxcd.io': ['ArtifactGenerator'],
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'helm.toolkit.fluxcd.io': ['HelmRelease'],
}
const APP_KINDS = new Set(['Application', 'ApplicationSet', 'Kustomization', 'HelmRelease'])
const SETTINGS = new Set(['argocd-cm', 'argocd-cmd-params-cm'])
const MENTIONS_KIND =
  /apiVersion["']?\s*:\s*["']?(?:argoproj\.io|(?:source|kustomize|helm)\.toolkit\.fluxcd\.io|source\.extensions\.fluxcd\.io)\//
const MENTIONS_SETTINGS = /name["']?\s*:\s*["']?argocd-(?:cm|cmd-params-cm)\b/
const YAML = /\.(?:ya?ml|json)$/i
const KUSTOMIZATION = /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/
const LIMITS = { bytes: 16 * 1024 * 1024, nodes: 500_000, aliases: 1_000, depth: 100 }
const MOST_FILES = 50_000
const MOST_DEPTH = 40

export interface DeclaringFile {
  readonly file: string
  /** Of its blob. */
  readonly oid: string
  readonly resources: readonly KubernetesObject[]
}

export interface FoundResources {
  readonly files: readonly DeclaringFile[]
  readonly kustomizations: readonly KustomizationFile[]
  /** Files that name such a kind and cannot be read. */
  readonly problems: readonly Problem[]
  /** Those that are left out, since they are templates or hold no objects. */
  readonly notes: readonly string[]
}

/** Whether it declares apps. */
export function declaresApps({ kind }: KubernetesObject): boolean {
  return APP_KINDS.has(kind)
}

/** Whether it declares apps or is declared for them. */
export function isControlResource({ apiVersion, kind, metadata }: KubernetesObject): boolean {
  if (apiVersion === 'v1' && kind === 'ConfigMap') return SETTINGS.has(metadata.name)
  return CONTROL_KINDS[apiVersion.split('/')[0] ?? '']?.includes(kind) === true
}

/** Names of the ConfigMaps that a resource of Flux reads variables or values from. */
export function readConfigMaps({ kind, spec }: KubernetesObject): readonly string[] {
  if (!isJsonObject(spec)) return []
  const build = isJsonObject(spec.postBuild) ? spec.postBuild.substituteFrom : undefined
  const references = kind === 'Kustomization' ? build : kind === 'HelmRelease' ? spec.valuesFrom : undefined
  if (!Array.isArray(references)) return []
  return references
    .filter(isJsonObject)
    .flatMap((one) => (one.kind === 'ConfigMap' && typeof one.name === 'string' ? [one.name] : []))
}

/**
 * What the files of a commit declare. Links are not followed. Templates of Helm charts are no YAML and are left out; so are files that name
 * none of the kinds.
 * @throws CodedError `GDE_TOO_LARGE` for a tree of too many files
 */
export function findResources(tree: TreeReader): FoundResources {
  const files: DeclaringFile[] = []
  const kustomizations: KustomizationFile[] = []
  const problems: Problem[] = []
  const notes: string[] = []
  for (const { file, oid } of yamlFiles(tree)) {
    let text = ''
    try {
      text = new TextDecoder().decode(tree.read(oid, LIMITS.bytes))
      const isKustomization = KUSTOMIZATION.test(file)
      if (!isKustomization && !MENTIONS_KIND.test(text) && !MENTIONS_SETTINGS.test(text)) continue
      const documents = readYamlDocuments(text, { file, limits: LIMITS })
      if (isKustomization) kustomizations.push(readKustomization(file, oid, documents[0]?.value))
      else {
        const resources = documents
          .flatMap(({ value, line }) => (value === null ? [] : expandLists(value, { file, line })))
          .filter(isControlResource)
        if (resources.length > 0) files.push({ file, oid, resources })
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const { code } = error.failure
      if (code === 'GDE_RENDER_YAML' && text.includes('{{')) notes.push(`${file} is a template, and left out`)
      else if (code === 'GDE_RENDER_OBJECT') notes.push(`${file} holds no objects, and is left out`)
      // An app that builds it fails itself.
      else if (KUSTOMIZATION.test(file)) notes.push(`${file} is no kustomization that can be read, and left out`)
      else problems.push({ subject: file, failure: { ...error.failure, file } })
    }
  }
  return { files, kustomizations, problems, notes }
}

function yamlFiles(tree: TreeReader): readonly { readonly file: string; readonly oid: string }[] {
  const files: { readonly file: string; readonly oid: string }[] = []
  const folders = ['']
  for (const folder of folders) {
    const entries = tree.list(folder) ?? []
    const isChart = entries.some(({ name }) => name === 'Chart.yaml')
    for (const { name, type, oid } of entries) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (type === 'directory' && !(isChart && name === 'templates') && path.split('/').length <= MOST_DEPTH)
        folders.push(path)
      else if ((type === 'file' || type === 'executable') && (YAML.test(name) || KUSTOMIZATION.test(path)))
        files.push({ file: path, oid })
    }
    if (files.length + folders.length > MOST_FILES)
      throw new CodedError('GDE_TOO_LARGE', `the repository has more than ${MOST_FILES} YAML files and folders`)
  }
  return files
}
