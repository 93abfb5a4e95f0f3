import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ArgoSourceOptions } from '../../model/sources/source.ts'
import type { RecordedSources } from '../recorded-sources.ts'
import { isDirectoryOptions, isHelmOptions, isKustomizeOptions } from './option-guards.ts'
import { decodeText } from './text-file.ts'

type Tool = 'directory' | 'kustomize' | 'helm'
const TOOLS: readonly Tool[] = ['directory', 'kustomize', 'helm']

/**
 * The source options with `.argocd-source.yaml` and `.argocd-source-<app>.yaml` of the app's folder merged into it
 * (JSON merge patches on the source, in that order), as Argo CD's image updater and others write them. Only the options
 * of tools can be overridden.
 * @throws CodedError `GDE_RENDER_YAML` naming the file, `GDE_UNSUPPORTED_PLUGIN`
 */
export function overriddenOptions(
  files: RecordedSources,
  source: number,
  path: string,
  options: ArgoSourceOptions,
): ArgoSourceOptions {
  const names = ['.argocd-source.yaml', ...(options.appName === '' ? [] : [`.argocd-source-${options.appName}.yaml`])]
  return names.reduce((merged, name) => {
    const file = path === '' ? name : `${path}/${name}`
    const bytes = files.read(source, file)
    return bytes === undefined ? merged : merge(merged, decodeText(bytes, file), file)
  }, options)
}

function merge(options: ArgoSourceOptions, text: string, file: string): ArgoSourceOptions {
  const patch = readYamlDocuments(text, { file })[0]?.value ?? null
  if (patch === null) return options
  if (!isJsonObject(patch)) throw new CodedError('GDE_RENDER_YAML', 'the overrides are not a mapping', { file })
  if (isJsonObject(patch.plugin))
    throw new CodedError('GDE_UNSUPPORTED_PLUGIN', 'the overrides of the source name a plugin', { file })
  const directory = mergeOption(options, patch, 'directory', isDirectoryOptions, file)
  const kustomize = mergeOption(options, patch, 'kustomize', isKustomizeOptions, file)
  const helm = mergeOption(options, patch, 'helm', isHelmOptions, file)
  const type = explicitType(options, patch, file)
  return { ...options, directory, kustomize, helm, ...(type === undefined ? {} : { type }) }
}

function mergeOption<T extends Tool>(
  options: ArgoSourceOptions,
  patch: JsonObject,
  tool: T,
  guard: (value: unknown) => value is ArgoSourceOptions[T],
  file: string,
): ArgoSourceOptions[T] {
  const change = patch[tool]
  if (change === undefined) return options[tool]
  const merged: unknown = change === null ? {} : mergePatch(options[tool], change)
  if (!guard(merged)) throw new CodedError('GDE_RENDER_YAML', `the overrides say what ${tool} cannot mean`, { file })
  return merged
}

/** Options for a tool make it the source's tool; for two of them they are an error. */
function explicitType(options: ArgoSourceOptions, patch: JsonObject, file: string): Tool | undefined {
  const named = TOOLS.filter((tool) => isJsonObject(patch[tool]) || options.type === tool)
  if (named.length > 1)
    throw new CodedError('GDE_RENDER_YAML', `the overrides make it a source of ${named.join(' and ')}`, { file })
  return named[0]
}

/** RFC 7386. */
function mergePatch(target: object, patch: Json): unknown {
  if (!isJsonObject(patch)) return patch
  const merged = new Map<string, unknown>(Object.entries(target))
  for (const [key, value] of Object.entries(patch)) {
    const existing = merged.get(key)
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(isPlainObject(existing) ? existing : {}, value))
  }
  return Object.fromEntries(merged)
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
