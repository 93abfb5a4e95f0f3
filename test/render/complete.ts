import { CodedError } from '../../src/model/failure.ts'
import type { RemoteNeed } from '../../src/model/sources/remote-reference.ts'
import type { RemotesNeeded } from '../../src/model/sources/rendering.ts'
import { withoutUserInfo } from '../../src/model/sources/repository-url.ts'

/** @throws CodedError naming what lies elsewhere, where something is needed: it is not fetched */
export function complete<T extends object>(outcome: T | RemotesNeeded, app: string): T {
  if (!('needs' in outcome)) return outcome
  const [need] = outcome.needs
  if (need === undefined) throw new CodedError('GDE_INTERNAL', 'a rendering needs nothing and is none')
  throw new CodedError(codeOf(need), `${nameOf(need)} is remote`, {
    app,
    ...(need.file !== undefined && { file: need.file }),
  })
}

function codeOf({ type }: RemoteNeed) {
  switch (type) {
    case 'git':
    case 'file':
      return 'GDE_RENDER_REMOTE_BASE'
    case 'helm':
    case 'oci':
      return 'GDE_CHART_UNKNOWN'
    default:
      return type satisfies never
  }
}

function nameOf(need: RemoteNeed): string {
  const url = withoutUserInfo(need.url)
  return need.type === 'helm' ? `the chart ${need.chart} of ${url}` : url
}
