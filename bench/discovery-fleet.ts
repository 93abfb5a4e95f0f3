import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const APPLICATIONS = 2000
export const REPOSITORIES = 20

const CORPUS = join(import.meta.dirname, '../test/render/corpus/podinfo')
const SERVER = 'https://kubernetes.default.svc'

/** Twenty repositories with podinfo's chart and kustomization, and a control cluster of Applications, each of which renders something else. */
export function makeApplications(folder: string): void {
  for (let number = 0; number < REPOSITORIES; number += 1) makeRepository(repositoryFolder(folder, number))
  mkdirSync(join(folder, 'control'))
  for (let number = 0; number < APPLICATIONS; number += 1) writeApplication(folder, number, `app-${number}`)
}

export function repositoryUrl(number: number): string {
  return `https://git.example.com/team-${number}.git`
}

export function repositoryFolder(folder: string, number: number): string {
  return join(folder, `team-${number}`)
}

/** @param label what its objects carry: another one is another rendering */
export function writeApplication(folder: string, number: number, label: string): void {
  const source =
    number % 2 === 0
      ? { path: 'charts/podinfo', helm: { parameters: [{ name: 'ui.message', value: label }] } }
      : { path: 'kustomize', kustomize: { commonLabels: { bench: label } } }
  writeResource(folder, {
    name: `app-${number}`,
    repository: number % REPOSITORIES,
    source,
    namespace: `space-${number}`,
  })
}

export interface ApplicationOfBench {
  readonly name: string
  readonly repository: number
  readonly source: Readonly<Record<string, unknown>>
  /** That its objects go to. */
  readonly namespace: string
}

/** One file for each Application, so that a change is the change of one. */
export function writeResource(folder: string, { name, repository, source, namespace }: ApplicationOfBench): void {
  const application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: repositoryUrl(repository), targetRevision: 'main', ...source },
      destination: { server: SERVER, namespace },
    },
  }
  const file = join(folder, `control/${name}.json`)
  writeFileSync(`${file}.part`, JSON.stringify(application))
  renameSync(`${file}.part`, file)
}

function makeRepository(folder: string): void {
  cpSync(CORPUS, folder, { recursive: true })
  commitAll(folder)
}

/** Makes a Git repository of a folder, with all of it in one commit. */
export function commitAll(folder: string): void {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=b', '-c', 'user.email=b@example.com', ...args])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=all')
}
