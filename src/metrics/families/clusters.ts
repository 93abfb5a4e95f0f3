import type { ClusterReport } from '../../model/fleet.ts'
import { hasCluster, type Shard } from '../../model/shard.ts'
import { type FamilyGroup, oneSeries } from './family.ts'
import { metricLabels } from './kubernetes-labels.ts'

/** @param shard which of several exporters tells of them; absent where there is one */
export const clusterGroup = (shard?: Shard): FamilyGroup<ClusterReport> => ({
  common: ['dest_cluster'],
  commonValues: ({ status }) => [status.name],
  families: [
    {
      name: 'gitops_cluster_up',
      type: 'gauge',
      help: 'Whether the cluster answers.',
      labels: [],
      stability: 'stable',
      presence: 'once it answered, or failed to',
      // No series before the first contact: 0 would mean that the cluster is down.
      series: ({ status }) =>
        status.up || status.failure !== undefined ? [{ values: [], value: status.up ? 1 : 0 }] : [],
    },
    {
      name: 'gitops_cluster_info',
      type: 'gauge',
      help: 'A cluster: its version, its server and its labels.',
      labels: ['version', 'server', 'label_*'],
      stability: 'stable',
      presence: 'always',
      series: ({ status, labels }) => [
        { values: [status.kubeVersion ?? '', status.server], dynamic: metricLabels(labels), value: 1 },
      ],
    },
    {
      name: 'gitops_cluster_last_contact_timestamp_seconds',
      type: 'gauge',
      help: 'When the cluster last answered or sent an event, Unix time.',
      labels: [],
      stability: 'stable',
      presence: 'once there was contact',
      series: ({ status }) => (status.lastContact === undefined ? [] : [{ values: [], value: status.lastContact }]),
    },
    {
      name: 'gitops_cluster_requests_total',
      type: 'counter',
      help: 'Requests to the API server by verb and HTTP status code, 0 where there was no answer.',
      labels: ['verb', 'code'],
      stability: 'stable',
      presence: 'each pair once it occurred',
      series: ({ status }) => status.requests.map(({ verb, code, count }) => ({ values: [verb, code], value: count })),
    },
    {
      name: 'gitops_cluster_watch_restarts_total',
      type: 'counter',
      help: 'Watches that ended before their time and were begun anew.',
      labels: [],
      stability: 'stable',
      presence: 'always',
      series: ({ status }) => [{ values: [], value: status.watchRestarts }],
    },
    {
      name: 'gitops_shard_info',
      type: 'gauge',
      help: 'Which of several exporters evaluates the apps of a cluster.',
      labels: ['shard', 'shards'],
      stability: 'stable',
      presence: 'with shards, of the shard’s own clusters',
      // Control clusters are read by every shard.
      series: ({ status }) =>
        shard !== undefined && hasCluster(shard, status.name)
          ? oneSeries(1, [String(shard.index), String(shard.count)])
          : [],
    },
  ],
})
