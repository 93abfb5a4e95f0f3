import type { Failure } from '../../model/failure.ts'
import type { AppReport, ClusterReport } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import type { RepositoryStatus } from '../../model/sources/git.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { Incident } from '../../presentation/incidents.ts'
import { objectJson } from '../../presentation/json/object-json.ts'
import { verdictJson } from '../../presentation/json/verdict-json.ts'

/** An app of `check --output json` without its objects, and with what filters ask for. */
export function appRowJson(report: AppReport): JsonObject {
  const { objects: _objects, ...row } = verdictJson(report, [])
  const { id, labels } = report.summary
  return { id, ...row, labels: { ...labels }, objectCounts: { ...report.verdict.objectCounts } }
}

export function appJson(report: AppReport, objects: readonly ObjectVerdict[], valuesShown: boolean): JsonObject {
  return {
    ...appRowJson(report),
    objects: objects.map((object) => objectJson(valuesShown ? object : withoutValues(object))),
    objectsComplete: objects !== report.verdict.objects,
    valuesShown,
  }
}

function withoutValues(object: ObjectVerdict): ObjectVerdict {
  return {
    ...object,
    differences: object.differences.map(({ desired: _desired, live: _live, ...difference }) => difference),
  }
}

export function clusterJson({ labels, status }: ClusterReport) {
  return { name: status.name, labels: { ...labels }, kubeVersion: status.kubeVersion ?? null, ...contactJson(status) }
}

export function repositoryJson(status: RepositoryStatus) {
  return { url: withoutUserInfo(status.url), ...contactJson(status) }
}

function contactJson(contact: {
  readonly up: boolean
  readonly lastContact?: number
  readonly failure?: Failure
}): JsonObject {
  const { up, lastContact, failure } = contact
  return {
    up,
    lastContact: lastContact ?? null,
    reason: failure?.code ?? null,
    message: failure?.message ?? null,
  }
}

/** Of one incident; all of them are those of `/apps?incident=`. */
const APPS = 100

export function incidentJson({ id, kind, subject, what, since, failure, apps }: Incident): JsonObject {
  return {
    ...{ id, kind, subject, what },
    since: since ?? null,
    reason: failure?.code ?? null,
    message: failure?.message ?? null,
    file: failure?.file ?? null,
    line: failure?.line ?? null,
    appCount: apps.length,
    apps: apps.slice(0, APPS).map(({ summary }) => summary.id),
  }
}
