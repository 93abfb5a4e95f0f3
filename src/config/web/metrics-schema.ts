import { atNextStart, Flag, StringList, section, withDefault } from '../field-schema.ts'
import { listen } from './listener-schema.ts'

/** The listener of /metrics, and what is on it. */
export const Metrics = section(
  {
    ...listen('0.0.0.0', 8080),
    appLabels: withDefault(StringList('App labels that `gitops_app_labels` carries; `*` alone is all.'), []),
    commitAuthors: withDefault(
      Flag('Whether `gitops_app_revision_info` has the name of who wrote the commit, as its label `author`.'),
      false,
    ),
    impliedSeries: withDefault(
      Flag(
        'Whether an app has series, too, that follow from others: `gitops_app_source_info` of its only source, `gitops_app_last_synced_timestamp_seconds` while it is Synced, and `gitops_app_commits_behind` of 0.',
      ),
      false,
    ),
    lagByProject: atNextStart(
      withDefault(
        Flag('Whether `gitops_sync_lag_seconds` tells projects apart: 17 series for each of them in each cluster.'),
        true,
      ),
    ),
    createdTimestamps: atNextStart(
      withDefault(
        Flag(
          'Whether OpenMetrics says since when the exporter’s own counters and histograms count (`_created`): Prometheus stores each as a series.',
        ),
        false,
      ),
    ),
    allow: atNextStart(
      withDefault(
        StringList('Metrics that are exported, by name, `*` standing for any text; those of others are not.'),
        ['*'],
      ),
    ),
    deny: atNextStart(withDefault(StringList('Metrics that are not exported, in the same way.'), [])),
    reload: atNextStart(
      withDefault(Flag('Whether PUT and POST of /-/reload, as in Prometheus, have this file read again.'), false),
    ),
  },
  { description: 'Listener of /metrics, /livez and /readyz, which are /-/healthy and /-/ready, too.' },
)
