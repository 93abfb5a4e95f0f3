import type { AuditSource } from '../../model/journal/audit.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import type { ParseContext } from '../parse-context.ts'
import type { ConfigFile } from '../schema.ts'

/** Where API servers tell who does what. @param clusters names of the clusters that there are */
export function readAudit(
  entries: NonNullable<ConfigFile['audit']>,
  clusters: readonly string[],
  context: ParseContext,
): readonly AuditSource[] {
  return entries.map(({ cluster, logFile, webhook }, index) => {
    if (!clusters.includes(cluster))
      context.reportIssue(
        `/audit/${index}/cluster`,
        `no cluster has the name ${JSON.stringify(cluster)}${didYouMean(cluster, clusters)}`,
      )
    if (logFile === undefined && webhook === undefined)
      context.reportIssue(`/audit/${index}`, 'needs logFile or webhook')
    // Servers of one cluster may each have a log, and send to the one webhook.
    const isSecond = entries.slice(0, index).some((other) => other.cluster === cluster && other.webhook !== undefined)
    if (webhook !== undefined && isSecond)
      context.reportIssue(`/audit/${index}/webhook`, `${JSON.stringify(cluster)} has a webhook already`)
    return {
      cluster,
      ...(logFile !== undefined && { logFile: context.absolute(logFile) }),
      ...(webhook !== undefined && { tokenFile: context.absolute(webhook.tokenFile) }),
    }
  })
}
