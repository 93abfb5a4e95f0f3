import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toolPath } from '../tools/build.ts'
import { temporaryFolder } from './folder.ts'
import { at, getJson } from './http-json.ts'
import { listeningUrl } from './listening.ts'
import { startProgram } from './process.ts'
import { type Alert, strings } from './prometheus.ts'

export interface AlertmanagerOptions {
  /** Gets a notification a second after an alert fires or resolves. */
  readonly webhook?: string
  /** A whole config in the place of the one that sends everything to the webhook. */
  readonly config?: object
}

export interface Alertmanager extends AsyncDisposable {
  readonly url: string
  /** Alerts that have not resolved. */
  alerts(): Promise<readonly Alert[]>
  /** The end of its log. */
  output(): string
  close(): Promise<void>
}

export async function startAlertmanager(options: AlertmanagerOptions = {}): Promise<Alertmanager> {
  const folder = await temporaryFolder('alertmanager')
  const config = join(folder.path, 'alertmanager.json')
  const webhooks =
    options.webhook === undefined ? {} : { webhook_configs: [{ url: options.webhook, send_resolved: true }] }
  await writeFile(
    config,
    JSON.stringify(
      options.config ?? {
        route: { receiver: 'test', group_wait: '1s', group_interval: '1s', repeat_interval: '1h' },
        receivers: [{ name: 'test', ...webhooks }],
      },
    ),
  )
  const program = startProgram({
    name: 'alertmanager',
    program: toolPath('alertmanager'),
    args: [
      `--config.file=${config}`,
      `--storage.path=${join(folder.path, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      // No gossip: one instance, one port.
      '--cluster.listen-address=',
    ],
  })
  const close = async () => {
    await program.close()
    await folder.close()
  }
  try {
    const url = await listeningUrl(program, 'alertmanager', '/-/ready')
    return {
      url,
      alerts: async () => {
        const answer = await getJson(`${url}/api/v2/alerts`)
        return (Array.isArray(answer) ? answer : []).map((item) => ({
          labels: strings(at(item, 'labels')),
          annotations: strings(at(item, 'annotations')),
          state: String(at(item, 'status', 'state')),
        }))
      },
      output: program.output,
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
