import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ClusterSecretFacts } from '../../../src/discovery/argocd/applicationset/inputs.ts'
import { readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'

/** One ApplicationSet with its inputs, and what Argo CD generated from them. */
export interface ApplicationSetCase {
  readonly name: string
  readonly applicationSet: JsonObject
  readonly clusterSecrets: readonly ClusterSecretFacts[]
  /** Undefined without any AppProject: then every project exists. */
  readonly projects: readonly string[] | undefined
  /** A folder of the file system; undefined when no repository can be read. */
  readonly repository: string | undefined
  readonly existing: readonly JsonObject[] | undefined
  readonly newGlobbing: boolean
  readonly expected: JsonObject
}

const CASES = join(import.meta.dirname, 'cases')

/** All public cases; a folder with several ApplicationSets gives several. */
export async function readCases(): Promise<readonly ApplicationSetCase[]> {
  const cases: ApplicationSetCase[] = []
  for (const group of ['own', 'argo-examples']) {
    const shared = group === 'argo-examples' ? join(CASES, group) : undefined
    for (const entry of (await readdir(join(CASES, group))).sort()) {
      const folder = join(CASES, group, entry)
      if (existsSync(join(folder, 'appset.yaml'))) cases.push(...(await readCase(folder, shared)))
    }
  }
  return cases
}

async function readCase(folder: string, shared: string | undefined): Promise<readonly ApplicationSetCase[]> {
  const inputFolder = shared ?? folder
  const objects = await objectsOf(join(inputFolder, 'clusters'))
  const projects = objects.filter(({ kind }) => kind === 'AppProject').map((project) => text(metadata(project).name))
  const repository = join(inputFolder, 'repo')
  const existing = join(folder, 'existing')
  const expected = await documents(join(folder, 'expected.yaml'))
  const sets = (await documents(join(folder, 'appset.yaml'))).filter(({ kind }) => kind === 'ApplicationSet')
  return Promise.all(
    sets.map(async (applicationSet, index) => ({
      name: sets.length === 1 ? basename(folder) : `${basename(folder)} (${index + 1})`,
      applicationSet,
      clusterSecrets: objects.filter(({ kind }) => kind === 'Secret').map(clusterSecret),
      projects: projects.length === 0 ? undefined : projects,
      repository: existsSync(repository) ? repository : undefined,
      existing: existsSync(existing) ? await objectsOf(existing) : undefined,
      newGlobbing: existsSync(join(folder, 'new-globbing')),
      expected: expected[index] ?? {},
    })),
  )
}

async function objectsOf(folder: string): Promise<readonly JsonObject[]> {
  if (!existsSync(folder)) return []
  const files = (await readdir(folder)).sort()
  return (await Promise.all(files.map((file) => documents(join(folder, file))))).flat()
}

async function documents(file: string): Promise<readonly JsonObject[]> {
  const read = readYamlDocuments(await readFile(file, 'utf8'), { file })
  return read.map(({ value }) => value).filter(isJsonObject)
}

function clusterSecret(secret: JsonObject): ClusterSecretFacts {
  const data = object(secret.stringData)
  return {
    namespace: text(metadata(secret).namespace),
    secretName: text(metadata(secret).name),
    labels: texts(metadata(secret).labels),
    annotations: texts(metadata(secret).annotations),
    name: text(data.name),
    server: text(data.server),
    project: text(data.project),
    broken: false,
  }
}

/** What the golden file holds in the form of the interface. */
export function clusterSecretFacts(facts: JsonObject): ClusterSecretFacts {
  return {
    namespace: text(facts.namespace),
    secretName: text(facts.secretName),
    labels: texts(facts.labels),
    annotations: texts(facts.annotations),
    name: text(facts.name),
    server: text(facts.server),
    project: text(facts.project),
    broken: facts.broken === true,
  }
}

/** The form in which expected.yaml writes an Application. */
export function summary(application: JsonObject): JsonObject {
  const { name, namespace, labels, annotations, finalizers } = metadata(application)
  const spec = object(application.spec)
  return {
    name: name ?? '',
    namespace: namespace ?? '',
    project: spec.project ?? '',
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(finalizers !== undefined && { finalizers }),
    spec,
  }
}

export function metadata(of: JsonObject): JsonObject {
  return object(of.metadata)
}

export function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

export function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(object(value)).map(([key, one]) => [key, text(one)]))
}
