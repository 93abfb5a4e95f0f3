/** The entry of the engine thread. */
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { connectCluster } from '../../clusters/connect.ts'
import { createLargeAnswers } from '../../clusters/server/api/large-answers.ts'
import { followKeyFiles } from '../../credentials/key-files.ts'
import { createDiscoveries, type Discoveries } from '../../discovery/inventory/follow-discoveries.ts'
import { createEngine } from '../../engine/engine.ts'
import type { Engine } from '../../engine/ports.ts'
import { createLiveFile } from '../../engine/state/live-file.ts'
import { createStateFile } from '../../engine/state/state-file.ts'
import { journalPath } from '../../journal/store/journal-path.ts'
import type { Inventory } from '../../model/apps/inventory.ts'
import type { Confidential } from '../../model/confidential.ts'
import type { Encrypted } from '../../model/encrypted.ts'
import type { Measurement } from '../../model/fleet.ts'
import { NO_JOURNAL } from '../../model/journal/journal.ts'
import { filterLog } from '../../model/log.ts'
import { outgoingReport } from '../../model/secrets/outgoing-text.ts'
import { guardedLookup, guardUrl } from '../../net/address-guard.ts'
import type { PoolMethods } from '../pool/pool-protocol.ts'
import { ownCpuSeconds } from '../pool/thread-cpu.ts'
import { createThreadPool } from '../pool/thread-pool.ts'
import { createRemoteGit } from '../remote-git.ts'
import { createRemoteJournal } from '../remote-journal.ts'
import { createOutbox } from '../rpc/outbox.ts'
import type { EngineMethods, EngineThreadData, MainMethods } from '../rpc/protocol.ts'
import { answerCalls, createCaller } from '../rpc/rpc.ts'
import { decryptRepositories, encryptText } from '../rpc/secret-encryption.ts'
import { collectAll } from '../v8-tuning.ts'

if (parentPort === null) throw new Error('this is the entry of a thread')
const data: EngineThreadData = workerData
const main = createCaller<MainMethods>(parentPort)
const log = filterLog(
  data.logLevel,
  (level, message, fields) => void main.call('log', { level, message, ...(fields && { fields }) }),
)
/** A pool thread with the sandbox takes up to half of it: below that none is started just to be faster. */
const ROOM_BYTES = 512 << 20
const git = createRemoteGit(data.encryptionKey, () => void main.call('startGit', undefined))
const pool = createThreadPool({
  limits: data.limits,
  size: data.poolSize,
  crowdedSize: data.crowdedPoolSize,
  hasRoom: () => process.availableMemory() > ROOM_BYTES,
  threads: {
    async start() {
      const { id, port } = await main.call('startPoolThread', undefined)
      return { id, caller: createCaller<PoolMethods>(port) }
    },
    loadSandbox: (id) => main.call('loadPoolSandbox', id),
    stop: (id) => main.call('stopPoolThread', id),
    cpuSeconds: (id) => main.call('poolThreadCpuSeconds', id),
  },
})
// Here and nowhere later are the credentials known that a server or a controller may have repeated.
const outbox = createOutbox((batch) => main.call('deliver', outgoingReport(batch)))

const journal = createRemoteJournal({
  measure: (measurements) => outbox.send([{ type: 'measurements', measurements }]),
  start: () => void main.call('startJournal', undefined),
  isThere: () => existsSync(journalPath(data.stateDirectory)),
  log,
})

const ADDRESS_GUARD = { checkUrl: guardUrl, lookup: guardedLookup }

/** Over all clusters of the process. */
const enterLargeAnswer = createLargeAnswers()

const engine: Promise<Engine> = createEngine(
  { staleAfter: data.staleAfter, ...(data.schedule !== undefined && { schedule: data.schedule }) },
  {
    git,
    renderer: { render: (request, signal) => pool.run({ name: 'render', input: request }, signal) },
    redactionKey: data.redactionKey,
    queryPointers: (request, signal) => pool.run({ name: 'pointers', input: request }, signal),
    connect: (spec) =>
      connectCluster(spec, {
        redactionKey: data.redactionKey,
        parseSnapshotFile: (bytes, file, signal) => pool.run({ name: 'snapshotFile', input: { bytes, file } }, signal),
        guard: ADDRESS_GUARD,
        enterLargeAnswer,
      }),
    stateFile: createStateFile(data.stateDirectory),
    // A single pass has nobody after it.
    ...(data.schedule !== undefined && { liveFile: createLiveFile(data.stateDirectory) }),
    journal: data.hasJournal
      ? { ...journal, record: (sighting) => journal.record(outgoingReport(sighting)) }
      : NO_JOURNAL,
    emit: (updates) => outbox.send(updates),
    log,
    now: Date.now,
    uptime: () => performance.now(),
    random: Math.random,
  },
)

const encrypted = new WeakMap<Confidential, Encrypted>()

/** Caches by value, so that an unchanged secret is encrypted once. */
function encrypt(value: Confidential): Encrypted {
  const made = encrypted.get(value) ?? encryptText(value, data.encryptionKey)
  encrypted.set(value, made)
  return made
}

function activityMeasurement(controller: string, declaredIn: string, value: number): Measurement {
  const labels = { controller, app_cluster: declaredIn }
  return { metric: 'gitops_controller_last_activity_timestamp_seconds', labels, action: 'set', value }
}

function reconcile(running: Engine, inventory: Inventory): void {
  const { clusters, repositories, apps } = inventory
  log('debug', 'reconciling an inventory', {
    clusters: clusters.length,
    repositories: repositories.length,
    apps: apps.length,
  })
  if (data.hasJournal && apps.length > 0) journal.prepare()
  running.reconcile(inventory)
}

const discoveries: Promise<Discoveries> = engine.then((running) =>
  createDiscoveries({
    reconcile: (inventory) => reconcile(running, inventory),
    connector: (cluster) => running.connector(cluster),
    git,
    generate: (request, signal) => pool.run({ name: 'applicationSet', input: { request, time: Date.now() } }, signal),
    matchExpressions: (request, signal) => pool.run({ name: 'expressions', input: request }, signal),
    encrypt,
    followKeys: followKeyFiles,
    reportActivity: ({ controller, declaredIn }, value) =>
      outbox.send([{ type: 'measurements', measurements: [activityMeasurement(controller, declaredIn, value)] }]),
    now: Date.now,
    log,
  }),
)

answerCalls<EngineMethods>(parentPort, {
  async start() {
    await engine
  },
  async reconcile({ repositories, ...inventory }) {
    const decrypted = decryptRepositories(repositories, data.encryptionKey)
    reconcile(await engine, { ...inventory, repositories: decrypted })
  },
  async follow(request) {
    ;(await discoveries).follow(request)
    await outbox.delivered()
  },
  async inventory(_nothing, signal) {
    const {
      repositories: _credentials,
      resolveRemote: _function,
      apps,
      ...found
    } = await (await discoveries).settled(signal)
    return outgoingReport({
      ...found,
      apps: apps.map(
        ({ storedRelease: _manifest, declaredRelease: _values, withoutChart: _before, pruning: _pruning, ...app }) =>
          app,
      ),
    })
  },
  pass: async () => (await engine).pass(),
  objects: async (app) => outgoingReport(await (await engine).objects(app)),
  desired: async (app) => (await engine).desired(app),
  dependencies: async (app) => (await engine).dependencies(app),
  connectGit: (port) => git.connect(port),
  connectJournal: (port) => journal.connect(port),
  poolThreadEnded: ({ id, reason }) => pool.ended(id, reason),
  collect: collectAll,
  ping: ownCpuSeconds,
  async close() {
    ;(await discoveries).close()
    await (await engine).close()
  },
})
