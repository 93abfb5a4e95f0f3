import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { LIST, list, listsAndWatches, scripted } from '../clusters/scripted.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { sendJson } from '../servers/scripted-api-server.ts'
import { app, configMap, type Fixture, inventory, isStatus, type RunningEngine } from './engine-fixture.ts'

/** A live ConfigMap that this manager wrote last, after the one who applies what Git says. */
export function written(value: string, manager: string, time: string): string {
  const entry = (name: string, at: string) => ({
    ...{ manager: name, operation: 'Update', apiVersion: 'v1', time: at, fieldsType: 'FieldsV1' },
    fieldsV1: { 'f:data': { '.': {}, 'f:value': {} } },
  })
  const applied = entry('kubectl-client-side-apply', '2026-01-01T00:00:00Z')
  const managedFields =
    manager === applied.manager
      ? [entry(manager, time)]
      : [{ ...applied, fieldsV1: { 'f:data': { '.': {} } } }, entry(manager, time)]
  const metadata = { name: 'settings', namespace: 'shop', managedFields }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })
}

/** An event of a watch, as a line. */
export function modified(resourceVersion: number, text: string): string {
  const object = JSON.parse(text)
  const metadata = { ...object.metadata, resourceVersion: String(resourceVersion) }
  return `${JSON.stringify({ type: 'MODIFIED', object: { ...object, metadata } })}\n`
}

/** The app `shop` in sync, of a cluster whose watch of ConfigMaps the test writes. */
export async function watched(
  t: TestContext,
  fixture: Fixture,
): Promise<{ readonly running: RunningEngine; readonly watch: ServerResponse }> {
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  const server = await scripted(t)
  const live = JSON.parse(written('one', 'kubectl-client-side-apply', '2026-01-02T00:00:00Z'))
  const object = { ...live, metadata: { ...live.metadata, resourceVersion: '5' } }
  const watching = Promise.withResolvers<ServerResponse>()
  server.answer(
    LIST,
    listsAndWatches(
      [(_, response) => sendJson(response, list([object], '10'))],
      [
        (_, response) => {
          response.writeHead(200).flushHeaders()
          watching.resolve(response)
        },
      ],
    ),
  )
  const path = join(fixture.folder, 'kubeconfig')
  await writeFile(path, kubeconfigText({ server: server.url }, { token: 'secret-token' }))
  const running = await fixture.start()
  const apps = inventory(fixture, [app(fixture, { name: 'shop' })])
  running.engine.reconcile({ ...apps, clusters: [{ name: 'one', labels: {}, access: { type: 'kubeconfig', path } }] })
  await running.until('shop', isStatus('Synced'))
  return { running, watch: await watching.promise }
}
