import type { JsonObject } from '../../../src/model/json.ts'

/** An ApplicationSet for a test, with as little in it as its spec says. */
export function setOf(spec: JsonObject): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 's', namespace: 'argocd' },
    spec,
  }
}

/** A template whose Applications are valid where `name` is. */
export function templateOf(name: string, spec: JsonObject = {}): JsonObject {
  return {
    metadata: { name },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example.com/r.git', path: 'p' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'n' },
      ...spec,
    },
  }
}

export function listOf(...elements: readonly JsonObject[]): JsonObject {
  return { list: { elements } }
}
