// Made from alerts by `npm run generate`.
// biome-ignore-all format: one line for each alert

/** The metrics that each shipped alert needs, recording rules followed. */
export const ALERT_INPUTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['GitOpsOutOfSync', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_out_of_sync_cause', 'gitops_app_out_of_sync_since_timestamp_seconds', 'gitops_app_sync_interval_seconds', 'gitops_app_sync_window_active', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsManualSyncPending', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_out_of_sync_cause', 'gitops_app_out_of_sync_since_timestamp_seconds', 'gitops_app_sync_interval_seconds', 'gitops_app_sync_window_active', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsSyncUnknown', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_unknown_reason', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsDriftFlapping', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_out_of_sync_cause', 'gitops_app_out_of_sync_since_timestamp_seconds', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsManualChange', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_out_of_sync_cause', 'gitops_app_out_of_sync_since_timestamp_seconds', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info', 'gitops_manual_changes_total']],
  ['GitOpsControllerDisagrees', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_verdict_disagrees', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsControllerSyncFailed', ['gitops_app_controller_last_operation_timestamp_seconds', 'gitops_app_info', 'gitops_app_labels', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsAutoSyncOff', ['gitops_app_info', 'gitops_app_labels', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsSuspendedTooLong', ['gitops_app_controller_suspended', 'gitops_app_info', 'gitops_app_labels', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsMassDrift', ['gitops_app_info', 'gitops_app_labels', 'gitops_app_out_of_sync_cause', 'gitops_app_out_of_sync_since_timestamp_seconds', 'gitops_app_sync_interval_seconds', 'gitops_app_sync_window_active', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsFleetSkew', ['gitops_app_applied_commit_timestamp_seconds', 'gitops_app_info', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsControllerStale', ['gitops_app_controller_suspended', 'gitops_app_sync_interval_seconds', 'gitops_controller_last_activity_timestamp_seconds', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsClusterUnreachable', ['gitops_app_info', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsRepositoryUnreachable', ['gitops_discovery_up', 'gitops_exporter_build_info', 'gitops_repo_up']],
  ['GitOpsDiscoveryFailed', ['gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsAppsVanished', ['gitops_app_info', 'gitops_app_labels', 'gitops_cluster_info', 'gitops_cluster_up', 'gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsExporterDown', ['gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsExporterInstanceLost', ['gitops_discovery_up', 'gitops_exporter_build_info']],
  ['GitOpsShardMissing', ['gitops_exporter_shards']],
  ['GitOpsEvaluationsStalled', ['gitops_evaluation_queue_length', 'gitops_evaluations_total', 'gitops_exporter_last_pass_timestamp_seconds', 'gitops_exporter_pass_interval_seconds']],
  ['GitOpsConfigReloadFailed', ['gitops_exporter_config_last_reload_successful']],
  ['GitOpsMetricsTruncated', ['gitops_drifted_objects_omitted']],
])
