import assert from 'node:assert/strict'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { openTree } from '../../../src/git/objects/tree-reader.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { redactObject } from '../../../src/kubernetes/redaction.ts'
import type { App } from '../../../src/model/apps/app.ts'
import { CodedError } from '../../../src/model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import type { Rendering, SourceTree } from '../../../src/model/sources/rendering.ts'
import type { Sandbox } from '../../../src/model/sources/sandbox.ts'
import { createRenderer } from '../../../src/render/renderer.ts'
import { fluxContext } from '../../discovery/flux/flux-snapshot.ts'
import { DESTINATION, REDACTION_KEY, rendered } from '../rendering.ts'
import { compact, type FluxCase, gitRepositoryFor, inCaseOrder, kustomizationFor } from './case.ts'

/** What is rendered of a case; the rest of it says what should come out. */
export type FluxCaseInput = Pick<FluxCase, 'kustomization' | 'gitRepository' | 'references' | 'strict'>

/** From the resources to the objects, as the engine does it. @throws CodedError */
export function renderCase(
  one: FluxCaseInput,
  tree: SourceTree,
  sandbox: Sandbox,
): { readonly app: App; readonly rendering: Rendering } {
  const objects = [kustomizationFor(one), gitRepositoryFor(one), ...one.references]
  const { context, decrypt } = fluxContext(objects, { strict: one.strict })
  const [app] = mapFluxApps(context).apps
  assert.ok(app !== undefined)
  if (app.problem !== undefined) throw new CodedError(app.problem.code, app.problem.message)
  const renderer = createRenderer({ openTree, sandbox: () => sandbox, redactionKey: REDACTION_KEY, decrypt })
  const sources = app.sources.map((source) => ({ ...source, tree }))
  return { app, rendering: rendered(renderer.render({ app: app.name, sources, destination: DESTINATION })) }
}

/** @param expected entries of `action` and `object` as Flux's own code gives them */
export function assertRendered({ objects }: Rendering, expected: readonly JsonObject[]): void {
  const given = objects.map(({ action, object }) => ({ action, object: asObject(compact(object)) }))
  const redacted = expected.map(({ action, object }) => ({
    action: String(action),
    object: asObject(compact(redactObject(withoutNullTime(object ?? null), REDACTION_KEY))),
  }))
  assert.deepEqual(inCaseOrder(given), inCaseOrder(redacted))
}

function withoutNullTime(value: Json) {
  const object = asKubernetesObject(value)
  const { creationTimestamp, ...metadata } = object.metadata
  return creationTimestamp === null ? { ...object, metadata: { ...metadata, name: object.metadata.name } } : object
}

function asObject(value: Json): JsonObject {
  assert.ok(isJsonObject(value))
  return value
}
