import type { GroupKind, ObjectKey } from '../../model/object.ts'
import type { AppState } from '../app-state.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { StreamedObject } from '../live/live-object.ts'
import type { ObjectRecord } from './app-objects.ts'
import type { EvaluationPorts } from './evaluation-ports.ts'
import { judgedOf, type Novelty, noveltyOf } from './novelty.ts'
import { judge } from './update-record.ts'

export interface LiveChange {
  readonly key: ObjectKey
  readonly keyText: string
  /** Undefined for one that went. */
  readonly streamed: StreamedObject | undefined
}

/** A live object that the app declares or tracks changed, came or went. */
export function objectChanged(
  appState: AppState,
  cluster: ClusterState,
  { key, keyText, streamed }: LiveChange,
  ports: EvaluationPorts,
): Novelty {
  const { desired, objects, reported } = appState
  const known = objects.records.get(keyText)
  if (known === undefined && (streamed === undefined || desired.current === undefined)) return 'same'
  // What carries the mark when the app is first looked at was declared once; what gets it later was made so by somebody.
  const record = known ?? objects.open(key, keyText, reported.evaluated ? desired.current?.baseline : undefined)
  const before = judgedOf(record)
  judge({ appState, record, cluster, ports, streamed }, () => ports.onLate(appState))
  return noveltyOf(before, judgedOf(record))
}

/** Reads the events of the app's objects that wait unread, and judges them as any change. To be called before its objects are looked at. */
export function readUnread({ objects }: AppState, cluster: ClusterState | undefined): void {
  for (const record of objects.records.values()) cluster?.readUnread(record)
}

/** What can be known of a kind changed: judges what was not known, and what no longer is. */
export async function reviewObjects(
  appState: AppState,
  cluster: ClusterState,
  { group, kind }: GroupKind,
  ports: EvaluationPorts,
): Promise<void> {
  const concerned: ObjectRecord[] = []
  for (const record of appState.objects.records.values())
    if (record.key.kind === kind && record.key.group === group) concerned.push(record)
  for (const record of concerned) {
    const unknown = record.state === 'pending' || record.state === 'unknown'
    if (unknown || cluster.look(record.key, record.keyText).state === 'unknown')
      judge({ appState, record, cluster, ports }, () => ports.onLate(appState))
    await ports.slice.yieldIfBusy()
  }
}
