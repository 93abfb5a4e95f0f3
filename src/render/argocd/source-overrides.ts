import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ArgoRecipe } from '../../model/source.ts'
import type { RecordedSources } from '../recorded-sources.ts'
import { isDirectoryOptions, isHelmOptions, isKustomizeOptions } from './recipe-guards.ts'
import { textOf } from './text-file.ts'

type Tool = 'directory' | 'kustomize' | 'helm'
const TOOLS: readonly Tool[] = ['directory', 'kustomize', 'helm']

/**
 * The recipe with `.argocd-source.yaml` and `.argocd-source-<app>.yaml` of the app's folder merged into it (JSON merge patches on the
 * source, in that order), as Argo CD's image updater and others write them. Only the options of tools can be overridden.
 * @throws CodedError `GDE_RENDER_YAML` naming the file, `GDE_UNSUPPORTED_PLUGIN`
 */
export function overriddenRecipe(files: RecordedSources, source: number, path: string, recipe: ArgoRecipe): ArgoRecipe {
  const names = ['.argocd-source.yaml', ...(recipe.appName === '' ? [] : [`.argocd-source-${recipe.appName}.yaml`])]
  return names.reduce((merged, name) => {
    const file = path === '' ? name : `${path}/${name}`
    const bytes = files.read(source, file)
    return bytes === undefined ? merged : merge(merged, textOf(bytes, file), file)
  }, recipe)
}

function merge(recipe: ArgoRecipe, text: string, file: string): ArgoRecipe {
  const patch = readYamlDocuments(text, { file })[0]?.value ?? null
  if (patch === null) return recipe
  if (!isJsonObject(patch)) throw new CodedError('GDE_RENDER_YAML', 'the overrides are not a mapping', { file })
  if (isJsonObject(patch.plugin))
    throw new CodedError('GDE_UNSUPPORTED_PLUGIN', 'the overrides of the source name a plugin', { file })
  const directory = option(recipe, patch, 'directory', isDirectoryOptions, file)
  const kustomize = option(recipe, patch, 'kustomize', isKustomizeOptions, file)
  const helm = option(recipe, patch, 'helm', isHelmOptions, file)
  const type = explicitType(recipe, patch, file)
  return { ...recipe, directory, kustomize, helm, ...(type === undefined ? {} : { type }) }
}

function option<T extends Tool>(
  recipe: ArgoRecipe,
  patch: JsonObject,
  tool: T,
  guard: (value: unknown) => value is ArgoRecipe[T],
  file: string,
): ArgoRecipe[T] {
  const change = patch[tool]
  if (change === undefined) return recipe[tool]
  const merged: unknown = change === null ? {} : mergePatch(recipe[tool], change)
  if (!guard(merged)) throw new CodedError('GDE_RENDER_YAML', `the overrides say what ${tool} cannot mean`, { file })
  return merged
}

/** Options for a tool make it the source's tool; for two of them they are an error. */
function explicitType(recipe: ArgoRecipe, patch: JsonObject, file: string): Tool | undefined {
  const named = TOOLS.filter((tool) => isJsonObject(patch[tool]) || recipe.type === tool)
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
