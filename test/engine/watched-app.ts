import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AppReport } from '../../src/model/fleet.ts'
import { LIST, list, listsAndWatches, scripted } from '../clusters/scripted.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { sendJson } from '../servers/scripted-api-server.ts'
import { app, configMap, type Fixture, inventory, isStatus, type RunningEngine } from './engine-fixture.ts'

/** A live ConfigMap that this manager wrote last, after the one who applies what Git says. */
export function written(value: string, manager: string, time: string, objectName = 'settings'): string {
  const entry = (name: string, at: string) => ({
    ...{ manager: name, operation: 'Update', apiVersion: 'v1', time: at, fieldsType: 'FieldsV1' },
    fieldsV1: { 'f:data': { '.': {}, 'f:value': {} } },
  })
  const applied = entry('kubectl-client-side-apply', '2026-01-01T00:00:00Z')
  const managedFields =
    manager === applied.manager
      ? [entry(manager, time)]
      : [{ ...applied, fieldsV1: { 'f:data': { '.': {} } } }, entry(manager, time)]
  const metadata = { name: objectName, namespace: 'shop', managedFields }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })
}

/** An event of a watch, as a line. */
export function modified(resourceVersion: number, text: string): string {
  const object = JSON.parse(text)
  const metadata = { ...object.metadata, resourceVersion: String(resourceVersion) }
  return `${JSON.stringify({ type: 'MODIFIED', object: { ...object, metadata } })}\n`
}

/** The app `shop` in sync, with these ConfigMaps, of a cluster whose watch of ConfigMaps the test writes. */
export async function watched(
  t: TestContext,
  fixture: Fixture,
  names: readonly string[] = ['settings'],
): Promise<{ readonly running: RunningEngine; readonly watch: ServerResponse }> {
  const files = names.map((name) => [`shop/${name}.yaml`, configMap(name, 'one')] as const)
  await fixture.commit('repository', Object.fromEntries(files))
  const server = await scripted(t)
  const objects = names.map((name) => {
    const live = JSON.parse(written('one', 'kubectl-client-side-apply', '2026-01-02T00:00:00Z', name))
    return { ...live, metadata: { ...live.metadata, resourceVersion: '5' } }
  })
  const watching = Promise.withResolvers<ServerResponse>()
  server.answer(
    LIST,
    listsAndWatches(
      [(_, response) => sendJson(response, list(objects, '10'))],
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

export const shown = (value: string) => (report: AppReport) => report.verdict.objects[0]?.differences[0]?.live === value

/** Somebody writes the ConfigMap in this second. */
export const edit = (version: number, value: string, second: number): string =>
  modified(version, written(value, 'kubectl-edit', `2026-01-03T00:00:0${second}Z`))

/** Changes the ConfigMap so often in one second that what comes next of it may wait to be read. */
export async function heat(
  { running, watch }: { readonly running: RunningEngine; readonly watch: ServerResponse },
  from: number,
): Promise<void> {
  const values = Array.from({ length: 6 }, (_, index) => String(from + index))
  watch.write(values.map((value, index) => edit(from + index, value, 0)).join(''))
  await running.until('shop', shown(String(from + 5)))
}
