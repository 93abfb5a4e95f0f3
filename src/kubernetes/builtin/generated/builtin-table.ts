// Made by test/tools/builtin-schemas from a real API server; builtin/table.ts tells the grammar.
export const BUILTIN_TABLE = `- ConfigMap configmaps n v1:152
- Endpoints endpoints n v1:179
- Event events n v1:185
- LimitRange limitranges n v1:211
- Namespace namespaces c v1:221
- Node nodes c v1:225
- PersistentVolumeClaim persistentvolumeclaims n v1:246
- PersistentVolume persistentvolumes c v1:245
- Pod pods n v1:255
- PodTemplate podtemplates n v1:274
- ReplicationController replicationcontrollers n v1:284
- ResourceQuota resourcequotas n v1:291
- Secret secrets n v1:302
- ServiceAccount serviceaccounts n v1:310
- Service services n v1:309
apiregistration.k8s.io APIService apiservices c v1:589
apps ControllerRevision controllerrevisions n v1:59
apps DaemonSet daemonsets n v1:60
apps Deployment deployments n v1:65
apps ReplicaSet replicasets n v1:70
apps StatefulSet statefulsets n v1:77
events.k8s.io Event events n v1:346
autoscaling HorizontalPodAutoscaler horizontalpodautoscalers n v2:95 v1:85
batch CronJob cronjobs n v1:111
batch Job jobs n v1:114
certificates.k8s.io CertificateSigningRequest certificatesigningrequests c v1:126
networking.k8s.io IngressClass ingressclasses c v1:376
networking.k8s.io Ingress ingresses n v1:374
networking.k8s.io IPAddress ipaddresses c v1:371 v1beta1:398
networking.k8s.io NetworkPolicy networkpolicies n v1:387
networking.k8s.io ServiceCIDR servicecidrs c v1:395 v1beta1:401
policy PodDisruptionBudget poddisruptionbudgets n v1:407
rbac.authorization.k8s.io ClusterRoleBinding clusterrolebindings c v1:412
rbac.authorization.k8s.io ClusterRole clusterroles c v1:411
rbac.authorization.k8s.io RoleBinding rolebindings n v1:415
rbac.authorization.k8s.io Role roles n v1:414
storage.k8s.io CSIDriver csidrivers c v1:549
storage.k8s.io CSINode csinodes c v1:551
storage.k8s.io CSIStorageCapacity csistoragecapacities n v1:554
storage.k8s.io StorageClass storageclasses c v1:555
storage.k8s.io VolumeAttachment volumeattachments c v1:557
storage.k8s.io VolumeAttributesClass volumeattributesclasses c v1:561 v1beta1:564
admissionregistration.k8s.io MutatingAdmissionPolicy mutatingadmissionpolicies c v1:6 v1beta1:46 v1alpha1:33
admissionregistration.k8s.io MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings c v1:7 v1beta1:47 v1alpha1:34
admissionregistration.k8s.io MutatingWebhookConfiguration mutatingwebhookconfigurations c v1:11
admissionregistration.k8s.io ValidatingAdmissionPolicy validatingadmissionpolicies c v1:19
admissionregistration.k8s.io ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings c v1:20
admissionregistration.k8s.io ValidatingWebhookConfiguration validatingwebhookconfigurations c v1:25
apiextensions.k8s.io CustomResourceDefinition customresourcedefinitions c v1:567
scheduling.k8s.io PriorityClass priorityclasses c v1:548
coordination.k8s.io Lease leases n v1:130
coordination.k8s.io LeaseCandidate leasecandidates n v1beta1:134 v1alpha2:132
node.k8s.io RuntimeClass runtimeclasses c v1:405
discovery.k8s.io EndpointSlice endpointslices n v1:343
resource.k8s.io DeviceClass deviceclasses c v1:433 v1beta2:520 v1beta1:482
resource.k8s.io ResourceClaim resourceclaims n v1:448 v1beta2:539 v1beta1:496
resource.k8s.io ResourceClaimTemplate resourceclaimtemplates n v1:452 v1beta2:543 v1beta1:500
resource.k8s.io ResourceSlice resourceslices c v1:455 v1beta2:546 v1beta1:503
resource.k8s.io DeviceTaintRule devicetaintrules c v1beta2:530 v1alpha3:458
resource.k8s.io ResourcePoolStatusRequest resourcepoolstatusrequests c v1alpha3:463
flowcontrol.apiserver.k8s.io FlowSchema flowschemas c v1:350
flowcontrol.apiserver.k8s.io PriorityLevelConfiguration prioritylevelconfigurations c v1:359
internal.apiserver.k8s.io StorageVersion storageversions c v1alpha1:56

io.k8s.api.admissionregistration.v1.ApplyConfiguration - expression:v
io.k8s.api.admissionregistration.v1.AuditAnnotation - key:v valueExpression:v
io.k8s.api.admissionregistration.v1.ExpressionWarning - fieldRef:v warning:v
io.k8s.api.admissionregistration.v1.JSONPatch - expression:v
io.k8s.api.admissionregistration.v1.MatchCondition - expression:v name:v
io.k8s.api.admissionregistration.v1.MatchResources @ excludeResourceRules:[13] matchPolicy!:v namespaceSelector!:584 objectSelector!:584 resourceRules:[13]
io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy - apiVersion:v kind:v metadata:587 spec:9
io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding - apiVersion:v kind:v metadata:587 spec:8
io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec - matchResources!:5 paramRef!:15 policyName:v
io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec - failurePolicy!:v matchConditions:[name|4] matchConstraints!:5 mutations:[12] paramKind!:14 reinvocationPolicy:v variables:[27]
io.k8s.api.admissionregistration.v1.MutatingWebhook - admissionReviewVersions:[v] clientConfig:28 failurePolicy!:v matchConditions:[name|4] matchPolicy!:v name:v namespaceSelector!:584 objectSelector!:584 reinvocationPolicy!:v rules:[16] sideEffects!:v timeoutSeconds!:v
io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration - apiVersion:v kind:v metadata:587 webhooks:[name|10]
io.k8s.api.admissionregistration.v1.Mutation - applyConfiguration!:0 jsonPatch!:3 patchType:v
io.k8s.api.admissionregistration.v1.NamedRuleWithOperations @ apiGroups:[v] apiVersions:[v] operations:[v] resourceNames:[v] resources:[v] scope!:v
io.k8s.api.admissionregistration.v1.ParamKind @ apiVersion:v kind:v
io.k8s.api.admissionregistration.v1.ParamRef @ name:v namespace:v parameterNotFoundAction!:v selector!:584
io.k8s.api.admissionregistration.v1.RuleWithOperations - apiGroups:[v] apiVersions:[v] operations:[v] resources:[v] scope!:v
io.k8s.api.admissionregistration.v1.ServiceReference - name:v namespace:v path!:v port!:v
io.k8s.api.admissionregistration.v1.TypeChecking - expressionWarnings:[2]
io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy - apiVersion:v kind:v metadata:587 spec:22 status:23
io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding - apiVersion:v kind:v metadata:587 spec:21
io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec - matchResources!:5 paramRef!:15 policyName:v validationActions:<v>
io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec - auditAnnotations:[1] failurePolicy!:v matchConditions:[name|4] matchConstraints!:5 paramKind!:14 validations:[26] variables:[name|27]
io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus - conditions:[type|583] observedGeneration:v typeChecking!:18
io.k8s.api.admissionregistration.v1.ValidatingWebhook - admissionReviewVersions:[v] clientConfig:28 failurePolicy!:v matchConditions:[name|4] matchPolicy!:v name:v namespaceSelector!:584 objectSelector!:584 rules:[16] sideEffects!:v timeoutSeconds!:v
io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration - apiVersion:v kind:v metadata:587 webhooks:[name|24]
io.k8s.api.admissionregistration.v1.Validation - expression:v message:v messageExpression:v reason!:v
io.k8s.api.admissionregistration.v1.Variable @ expression:v name:v
io.k8s.api.admissionregistration.v1.WebhookClientConfig - caBundle:y service!:17 url!:v
io.k8s.api.admissionregistration.v1alpha1.ApplyConfiguration - expression:v
io.k8s.api.admissionregistration.v1alpha1.JSONPatch - expression:v
io.k8s.api.admissionregistration.v1alpha1.MatchCondition - expression:v name:v
io.k8s.api.admissionregistration.v1alpha1.MatchResources @ excludeResourceRules:[38] matchPolicy!:v namespaceSelector!:584 objectSelector!:584 resourceRules:[38]
io.k8s.api.admissionregistration.v1alpha1.MutatingAdmissionPolicy - apiVersion:v kind:v metadata:587 spec:36
io.k8s.api.admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding - apiVersion:v kind:v metadata:587 spec:35
io.k8s.api.admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec - matchResources!:32 paramRef!:40 policyName:v
io.k8s.api.admissionregistration.v1alpha1.MutatingAdmissionPolicySpec - failurePolicy!:v matchConditions:[name|31] matchConstraints!:32 mutations:[37] paramKind!:39 reinvocationPolicy:v variables:[41]
io.k8s.api.admissionregistration.v1alpha1.Mutation - applyConfiguration!:29 jsonPatch!:30 patchType:v
io.k8s.api.admissionregistration.v1alpha1.NamedRuleWithOperations @ apiGroups:[v] apiVersions:[v] operations:[v] resourceNames:[v] resources:[v] scope!:v
io.k8s.api.admissionregistration.v1alpha1.ParamKind @ apiVersion:v kind:v
io.k8s.api.admissionregistration.v1alpha1.ParamRef @ name:v namespace:v parameterNotFoundAction!:v selector!:584
io.k8s.api.admissionregistration.v1alpha1.Variable - expression:v name:v
io.k8s.api.admissionregistration.v1beta1.ApplyConfiguration - expression:v
io.k8s.api.admissionregistration.v1beta1.JSONPatch - expression:v
io.k8s.api.admissionregistration.v1beta1.MatchCondition - expression:v name:v
io.k8s.api.admissionregistration.v1beta1.MatchResources @ excludeResourceRules:[51] matchPolicy!:v namespaceSelector!:584 objectSelector!:584 resourceRules:[51]
io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicy - apiVersion:v kind:v metadata:587 spec:49
io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBinding - apiVersion:v kind:v metadata:587 spec:48
io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec - matchResources!:45 paramRef!:53 policyName:v
io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicySpec - failurePolicy!:v matchConditions:[name|44] matchConstraints!:45 mutations:[50] paramKind!:52 reinvocationPolicy:v variables:[54]
io.k8s.api.admissionregistration.v1beta1.Mutation - applyConfiguration!:42 jsonPatch!:43 patchType:v
io.k8s.api.admissionregistration.v1beta1.NamedRuleWithOperations @ apiGroups:[v] apiVersions:[v] operations:[v] resourceNames:[v] resources:[v] scope!:v
io.k8s.api.admissionregistration.v1beta1.ParamKind @ apiVersion:v kind:v
io.k8s.api.admissionregistration.v1beta1.ParamRef @ name:v namespace:v parameterNotFoundAction!:v selector!:584
io.k8s.api.admissionregistration.v1beta1.Variable @ expression:v name:v
io.k8s.api.apiserverinternal.v1alpha1.ServerStorageVersion - apiServerID:v decodableVersions:<v> encodingVersion:v servedVersions:<v>
io.k8s.api.apiserverinternal.v1alpha1.StorageVersion - apiVersion:v kind:v metadata:587 spec:a status:58
io.k8s.api.apiserverinternal.v1alpha1.StorageVersionCondition - lastTransitionTime:t message:v observedGeneration:v reason:v status:v type:v
io.k8s.api.apiserverinternal.v1alpha1.StorageVersionStatus - commonEncodingVersion!:v conditions:[type|57] storageVersions:[apiServerID|55]
io.k8s.api.apps.v1.ControllerRevision - apiVersion:v data!:a kind:v metadata:587 revision:v
io.k8s.api.apps.v1.DaemonSet - apiVersion:v kind:v metadata:587 spec:62 status:63
io.k8s.api.apps.v1.DaemonSetCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.apps.v1.DaemonSetSpec - minReadySeconds:v revisionHistoryLimit!:v selector!:584 template:275 updateStrategy:64
io.k8s.api.apps.v1.DaemonSetStatus - collisionCount!:v conditions:[type|61] currentNumberScheduled:v desiredNumberScheduled:v numberAvailable:v numberMisscheduled:v numberReady:v numberUnavailable:v observedGeneration:v updatedNumberScheduled:v
io.k8s.api.apps.v1.DaemonSetUpdateStrategy - rollingUpdate!:74 type:v
io.k8s.api.apps.v1.Deployment - apiVersion:v kind:v metadata:587 spec:67 status:68
io.k8s.api.apps.v1.DeploymentCondition - lastTransitionTime:t lastUpdateTime:t message:v reason:v status:v type:v
io.k8s.api.apps.v1.DeploymentSpec - minReadySeconds:v paused:v progressDeadlineSeconds!:v replicas!:v revisionHistoryLimit!:v selector!:584 strategy:69 template:275
io.k8s.api.apps.v1.DeploymentStatus - availableReplicas:v collisionCount!:v conditions:[type|66] observedGeneration:v readyReplicas:v replicas:v terminatingReplicas!:v unavailableReplicas:v updatedReplicas:v
io.k8s.api.apps.v1.DeploymentStrategy - rollingUpdate!:75 type:v
io.k8s.api.apps.v1.ReplicaSet - apiVersion:v kind:v metadata:587 spec:72 status:73
io.k8s.api.apps.v1.ReplicaSetCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.apps.v1.ReplicaSetSpec - minReadySeconds:v replicas!:v selector!:584 template:275
io.k8s.api.apps.v1.ReplicaSetStatus - availableReplicas:v conditions:[type|71] fullyLabeledReplicas:v observedGeneration:v readyReplicas:v replicas:v terminatingReplicas!:v
io.k8s.api.apps.v1.RollingUpdateDaemonSet - maxSurge!:v maxUnavailable!:v
io.k8s.api.apps.v1.RollingUpdateDeployment - maxSurge!:v maxUnavailable!:v
io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy - maxUnavailable!:v partition!:v
io.k8s.api.apps.v1.StatefulSet - apiVersion:v kind:v metadata:587 spec:81 status:82
io.k8s.api.apps.v1.StatefulSetCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.apps.v1.StatefulSetOrdinals - start:v
io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy - whenDeleted:v whenScaled:v
io.k8s.api.apps.v1.StatefulSetSpec - minReadySeconds:v ordinals!:79 persistentVolumeClaimRetentionPolicy!:80 podManagementPolicy:v replicas!:v revisionHistoryLimit!:v selector!:584 serviceName:v template:275 updateStrategy:83 volumeClaimTemplates:[246]
io.k8s.api.apps.v1.StatefulSetStatus - availableReplicas:v collisionCount!:v conditions:[type|78] currentReplicas:v currentRevision:v observedGeneration:v readyReplicas:v replicas:v updateRevision:v updatedReplicas:v
io.k8s.api.apps.v1.StatefulSetUpdateStrategy - rollingUpdate!:76 type:v
io.k8s.api.autoscaling.v1.CrossVersionObjectReference @ apiVersion:v kind:v name:v
io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler - apiVersion:v kind:v metadata:587 spec:86 status:87
io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec - maxReplicas:v minReplicas!:v scaleTargetRef:84 targetCPUUtilizationPercentage!:v
io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus - currentCPUUtilizationPercentage!:v currentReplicas:v desiredReplicas:v lastScaleTime!:t observedGeneration!:v
io.k8s.api.autoscaling.v2.ContainerResourceMetricSource - container:v name:v target:103
io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus - container:v current:104 name:v
io.k8s.api.autoscaling.v2.CrossVersionObjectReference - apiVersion:v kind:v name:v
io.k8s.api.autoscaling.v2.ExternalMetricSource - metric:100 target:103
io.k8s.api.autoscaling.v2.ExternalMetricStatus - current:104 metric:100
io.k8s.api.autoscaling.v2.HPAScalingPolicy - periodSeconds:v type:v value:v
io.k8s.api.autoscaling.v2.HPAScalingRules - policies:[93] selectPolicy!:v stabilizationWindowSeconds!:v tolerance!:q
io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler - apiVersion:v kind:v metadata:587 spec:98 status:99
io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior - scaleDown!:94 scaleUp!:94
io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec - behavior!:96 maxReplicas:v metrics:[101] minReplicas!:v scaleTargetRef:90
io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus - conditions:[type|97] currentMetrics:[102] currentReplicas:v desiredReplicas:v lastScaleTime!:t observedGeneration!:v
io.k8s.api.autoscaling.v2.MetricIdentifier - name:v selector!:584
io.k8s.api.autoscaling.v2.MetricSpec - containerResource!:88 external!:91 object!:105 pods!:107 resource!:109 type:v
io.k8s.api.autoscaling.v2.MetricStatus - containerResource!:89 external!:92 object!:106 pods!:108 resource!:110 type:v
io.k8s.api.autoscaling.v2.MetricTarget - averageUtilization!:v averageValue!:q type:v value!:q
io.k8s.api.autoscaling.v2.MetricValueStatus - averageUtilization!:v averageValue!:q value!:q
io.k8s.api.autoscaling.v2.ObjectMetricSource - describedObject:90 metric:100 target:103
io.k8s.api.autoscaling.v2.ObjectMetricStatus - current:104 describedObject:90 metric:100
io.k8s.api.autoscaling.v2.PodsMetricSource - metric:100 target:103
io.k8s.api.autoscaling.v2.PodsMetricStatus - current:104 metric:100
io.k8s.api.autoscaling.v2.ResourceMetricSource - name:v target:103
io.k8s.api.autoscaling.v2.ResourceMetricStatus - current:104 name:v
io.k8s.api.batch.v1.CronJob - apiVersion:v kind:v metadata:587 spec:112 status:113
io.k8s.api.batch.v1.CronJobSpec - concurrencyPolicy:v failedJobsHistoryLimit!:v jobTemplate:118 schedule:v startingDeadlineSeconds!:v successfulJobsHistoryLimit!:v suspend!:v timeZone!:v
io.k8s.api.batch.v1.CronJobStatus - active:[244] lastScheduleTime!:t lastSuccessfulTime!:t
io.k8s.api.batch.v1.Job - apiVersion:v kind:v metadata:587 spec:116 status:117
io.k8s.api.batch.v1.JobCondition - lastProbeTime:t lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.batch.v1.JobSpec - activeDeadlineSeconds!:v backoffLimit!:v backoffLimitPerIndex!:v completionMode!:v completions!:v managedBy!:v manualSelector!:v maxFailedIndexes!:v parallelism!:v podFailurePolicy!:119 podReplacementPolicy!:v selector!:584 successPolicy!:123 suspend!:v template:275 ttlSecondsAfterFinished!:v
io.k8s.api.batch.v1.JobStatus - active:v completedIndexes:v completionTime!:t conditions:[115] failed:v failedIndexes!:v ready!:v startTime!:t succeeded:v terminating!:v uncountedTerminatedPods!:125
io.k8s.api.batch.v1.JobTemplateSpec - metadata:587 spec:116
io.k8s.api.batch.v1.PodFailurePolicy - rules:[122]
io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement - containerName!:v operator:v values:<v>
io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern - status:v type:v
io.k8s.api.batch.v1.PodFailurePolicyRule - action:v onExitCodes!:120 onPodConditions:[121]
io.k8s.api.batch.v1.SuccessPolicy - rules:[124]
io.k8s.api.batch.v1.SuccessPolicyRule - succeededCount!:v succeededIndexes!:v
io.k8s.api.batch.v1.UncountedTerminatedPods - failed:<v> succeeded:<v>
io.k8s.api.certificates.v1.CertificateSigningRequest - apiVersion:v kind:v metadata:587 spec:128 status:129
io.k8s.api.certificates.v1.CertificateSigningRequestCondition - lastTransitionTime:t lastUpdateTime:t message:v reason:v status:v type:v
io.k8s.api.certificates.v1.CertificateSigningRequestSpec - expirationSeconds!:v extra:{[v]} groups:[v] request:y signerName:v uid:v usages:[v] username:v
io.k8s.api.certificates.v1.CertificateSigningRequestStatus - certificate:y conditions:[type|127]
io.k8s.api.coordination.v1.Lease - apiVersion:v kind:v metadata:587 spec:131
io.k8s.api.coordination.v1.LeaseSpec - acquireTime!:u holderIdentity!:v leaseDurationSeconds!:v leaseTransitions!:v preferredHolder!:v renewTime!:u strategy!:v
io.k8s.api.coordination.v1alpha2.LeaseCandidate - apiVersion:v kind:v metadata:587 spec:133
io.k8s.api.coordination.v1alpha2.LeaseCandidateSpec - binaryVersion:v emulationVersion:v leaseName:v pingTime!:u renewTime!:u strategy:v
io.k8s.api.coordination.v1beta1.LeaseCandidate - apiVersion:v kind:v metadata:587 spec:135
io.k8s.api.coordination.v1beta1.LeaseCandidateSpec - binaryVersion:v emulationVersion:v leaseName:v pingTime!:u renewTime!:u strategy:v
io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource - fsType:v partition:v readOnly:v volumeID:v
io.k8s.api.core.v1.Affinity - nodeAffinity!:227 podAffinity!:256 podAntiAffinity!:258
io.k8s.api.core.v1.AppArmorProfile - localhostProfile!:v type:v
io.k8s.api.core.v1.AttachedVolume - devicePath:v name:v
io.k8s.api.core.v1.AzureDiskVolumeSource - cachingMode!:v="ReadWrite" diskName:v diskURI:v fsType!:v="ext4" kind!:v="Shared" readOnly!:v
io.k8s.api.core.v1.AzureFilePersistentVolumeSource - readOnly:v secretName:v secretNamespace!:v shareName:v
io.k8s.api.core.v1.AzureFileVolumeSource - readOnly:v secretName:v shareName:v
io.k8s.api.core.v1.CSIPersistentVolumeSource - controllerExpandSecretRef!:306 controllerPublishSecretRef!:306 driver:v fsType:v nodeExpandSecretRef!:306 nodePublishSecretRef!:306 nodeStageSecretRef!:306 readOnly:v volumeAttributes:{v} volumeHandle:v
io.k8s.api.core.v1.CSIVolumeSource - driver:v fsType!:v nodePublishSecretRef!:217 readOnly!:v volumeAttributes:{v}
io.k8s.api.core.v1.Capabilities - add:[v] drop:[v]
io.k8s.api.core.v1.CephFSPersistentVolumeSource - monitors:[v] path:v readOnly:v secretFile:v secretRef!:306 user:v
io.k8s.api.core.v1.CephFSVolumeSource - monitors:[v] path:v readOnly:v secretFile:v secretRef!:217 user:v
io.k8s.api.core.v1.CinderPersistentVolumeSource - fsType:v readOnly:v secretRef!:306 volumeID:v
io.k8s.api.core.v1.CinderVolumeSource - fsType:v readOnly:v secretRef!:217 volumeID:v
io.k8s.api.core.v1.ClientIPConfig - timeoutSeconds!:v
io.k8s.api.core.v1.ClusterTrustBundleProjection - labelSelector!:584 name!:v optional!:v path:v signerName!:v
io.k8s.api.core.v1.ConfigMap - apiVersion:v binaryData:{y} data:{v} immutable!:v kind:v metadata:587
io.k8s.api.core.v1.ConfigMapEnvSource - name:v optional!:v
io.k8s.api.core.v1.ConfigMapKeySelector @ key:v name:v optional!:v
io.k8s.api.core.v1.ConfigMapNodeConfigSource - kubeletConfigKey:v name:v namespace:v resourceVersion:v uid:v
io.k8s.api.core.v1.ConfigMapProjection - items:[208] name:v optional!:v
io.k8s.api.core.v1.ConfigMapVolumeSource - defaultMode!:v items:[208] name:v optional!:v
io.k8s.api.core.v1.Container - args:[v] command:[v] env:[name|181] envFrom:[180] image:v imagePullPolicy:v lifecycle!:209 livenessProbe!:279 name:v ports:[containerPort,protocol|161] readinessProbe!:279 resizePolicy:[162] resources:294 restartPolicy!:v restartPolicyRules:[163] securityContext!:308 startupProbe!:279 stdin:v stdinOnce:v terminationMessagePath:v terminationMessagePolicy:v tty:v volumeDevices:[devicePath|329] volumeMounts:[mountPath|330] workingDir:v
io.k8s.api.core.v1.ContainerExtendedResourceRequest - containerName:v requestName:v resourceName:v
io.k8s.api.core.v1.ContainerImage - names:[v] sizeBytes:v
io.k8s.api.core.v1.ContainerPort - containerPort:v hostIP:v hostPort:v name:v protocol:v="TCP"
io.k8s.api.core.v1.ContainerResizePolicy - resourceName:v restartPolicy:v
io.k8s.api.core.v1.ContainerRestartRule - action:v exitCodes!:164
io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes - operator:v values:<v>
io.k8s.api.core.v1.ContainerState - running!:166 terminated!:167 waiting!:168
io.k8s.api.core.v1.ContainerStateRunning - startedAt:t
io.k8s.api.core.v1.ContainerStateTerminated - containerID:v exitCode:v finishedAt:t message:v reason:v signal:v startedAt:t
io.k8s.api.core.v1.ContainerStateWaiting - message:v reason:v
io.k8s.api.core.v1.ContainerStatus - allocatedResources:{q} allocatedResourcesStatus:[name|295] containerID:v image:v imageID:v lastState:165 name:v ready:v resources!:294 restartCount:v started!:v state:165 stopSignal!:v user!:170 volumeMounts:[mountPath|331]
io.k8s.api.core.v1.ContainerUser - linux!:214
io.k8s.api.core.v1.DaemonEndpoint - Port:v
io.k8s.api.core.v1.DownwardAPIProjection - items:[173]
io.k8s.api.core.v1.DownwardAPIVolumeFile - fieldRef!:243 mode!:v path:v resourceFieldRef!:289
io.k8s.api.core.v1.DownwardAPIVolumeSource - defaultMode!:v items:[173]
io.k8s.api.core.v1.EmptyDirVolumeSource - medium:v sizeLimit!:q
io.k8s.api.core.v1.EndpointAddress @ hostname:v ip:v nodeName!:v targetRef!:244
io.k8s.api.core.v1.EndpointPort @ appProtocol!:v name:v port:v protocol:v
io.k8s.api.core.v1.EndpointSubset - addresses:[176] notReadyAddresses:[176] ports:[177]
io.k8s.api.core.v1.Endpoints - apiVersion:v kind:v metadata:587 subsets:[178]
io.k8s.api.core.v1.EnvFromSource - configMapRef!:153 prefix:v secretRef!:303
io.k8s.api.core.v1.EnvVar - name:v value:v valueFrom!:182
io.k8s.api.core.v1.EnvVarSource - configMapKeyRef!:154 fieldRef!:243 fileKeyRef!:190 resourceFieldRef!:289 secretKeyRef!:304
io.k8s.api.core.v1.EphemeralContainer - args:[v] command:[v] env:[name|181] envFrom:[180] image:v imagePullPolicy:v lifecycle!:209 livenessProbe!:279 name:v ports:[containerPort,protocol|161] readinessProbe!:279 resizePolicy:[162] resources:294 restartPolicy!:v restartPolicyRules:[163] securityContext!:308 startupProbe!:279 stdin:v stdinOnce:v targetContainerName:v terminationMessagePath:v terminationMessagePolicy:v tty:v volumeDevices:[devicePath|329] volumeMounts:[mountPath|330] workingDir:v
io.k8s.api.core.v1.EphemeralVolumeSource - volumeClaimTemplate!:250
io.k8s.api.core.v1.Event - action:v apiVersion:v count:v eventTime:u firstTimestamp:t involvedObject:244 kind:v lastTimestamp:t message:v metadata:587 reason:v related!:244 reportingComponent:v reportingInstance:v series!:186 source:187 type:v
io.k8s.api.core.v1.EventSeries - count:v lastObservedTime:u
io.k8s.api.core.v1.EventSource - component:v host:v
io.k8s.api.core.v1.ExecAction - command:[v]
io.k8s.api.core.v1.FCVolumeSource - fsType:v lun!:v readOnly:v targetWWNs:[v] wwids:[v]
io.k8s.api.core.v1.FileKeySelector @ key:v optional!:v path:v volumeName:v
io.k8s.api.core.v1.FlexPersistentVolumeSource - driver:v fsType:v options:{v} readOnly:v secretRef!:306
io.k8s.api.core.v1.FlexVolumeSource - driver:v fsType:v options:{v} readOnly:v secretRef!:217
io.k8s.api.core.v1.FlockerVolumeSource - datasetName:v datasetUUID:v
io.k8s.api.core.v1.GCEPersistentDiskVolumeSource - fsType:v partition:v pdName:v readOnly:v
io.k8s.api.core.v1.GRPCAction - port:v service!:v
io.k8s.api.core.v1.GitRepoVolumeSource - directory:v repository:v revision:v
io.k8s.api.core.v1.GlusterfsPersistentVolumeSource - endpoints:v endpointsNamespace!:v path:v readOnly:v
io.k8s.api.core.v1.GlusterfsVolumeSource - endpoints:v path:v readOnly:v
io.k8s.api.core.v1.HTTPGetAction - host:v httpHeaders:[200] path:v port:v scheme:v
io.k8s.api.core.v1.HTTPHeader - name:v value:v
io.k8s.api.core.v1.HostAlias - hostnames:[v] ip:v
io.k8s.api.core.v1.HostIP - ip:v
io.k8s.api.core.v1.HostPathVolumeSource - path:v type!:v
io.k8s.api.core.v1.ISCSIPersistentVolumeSource - chapAuthDiscovery:v chapAuthSession:v fsType:v initiatorName!:v iqn:v iscsiInterface:v="default" lun:v portals:[v] readOnly:v secretRef!:306 targetPortal:v
io.k8s.api.core.v1.ISCSIVolumeSource - chapAuthDiscovery:v chapAuthSession:v fsType:v initiatorName!:v iqn:v iscsiInterface:v="default" lun:v portals:[v] readOnly:v secretRef!:217 targetPortal:v
io.k8s.api.core.v1.ImageVolumeSource - pullPolicy:v reference:v
io.k8s.api.core.v1.ImageVolumeStatus - imageRef:v
io.k8s.api.core.v1.KeyToPath - key:v mode!:v path:v
io.k8s.api.core.v1.Lifecycle - postStart!:210 preStop!:210 stopSignal!:v
io.k8s.api.core.v1.LifecycleHandler - exec!:188 httpGet!:199 sleep!:316 tcpSocket!:320
io.k8s.api.core.v1.LimitRange - apiVersion:v kind:v metadata:587 spec:213
io.k8s.api.core.v1.LimitRangeItem - default:{q} defaultRequest:{q} max:{q} maxLimitRequestRatio:{q} min:{q} type:v
io.k8s.api.core.v1.LimitRangeSpec - limits:[212]
io.k8s.api.core.v1.LinuxContainerUser - gid:v supplementalGroups:[v] uid:v
io.k8s.api.core.v1.LoadBalancerIngress - hostname:v ip:v ipMode!:v ports:[276]
io.k8s.api.core.v1.LoadBalancerStatus - ingress:[215]
io.k8s.api.core.v1.LocalObjectReference @ name:v
io.k8s.api.core.v1.LocalVolumeSource - fsType!:v path:v
io.k8s.api.core.v1.ModifyVolumeStatus - status:v targetVolumeAttributesClassName:v
io.k8s.api.core.v1.NFSVolumeSource - path:v readOnly:v server:v
io.k8s.api.core.v1.Namespace - apiVersion:v kind:v metadata:587 spec:223 status:224
io.k8s.api.core.v1.NamespaceCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.core.v1.NamespaceSpec - finalizers:[v]
io.k8s.api.core.v1.NamespaceStatus - conditions:[type|222] phase:v
io.k8s.api.core.v1.Node - apiVersion:v kind:v metadata:587 spec:239 status:240
io.k8s.api.core.v1.NodeAddress - address:v type:v
io.k8s.api.core.v1.NodeAffinity - preferredDuringSchedulingIgnoredDuringExecution:[278] requiredDuringSchedulingIgnoredDuringExecution!:236
io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus - containers:<v> resourceClaimName:v resources:{q}
io.k8s.api.core.v1.NodeCondition - lastHeartbeatTime:t lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.core.v1.NodeConfigSource - configMap!:155
io.k8s.api.core.v1.NodeConfigStatus - active!:230 assigned!:230 error:v lastKnownGood!:230
io.k8s.api.core.v1.NodeDaemonEndpoints - kubeletEndpoint:171
io.k8s.api.core.v1.NodeFeatures - supplementalGroupsPolicy!:v
io.k8s.api.core.v1.NodeRuntimeHandler - features!:235 name:v
io.k8s.api.core.v1.NodeRuntimeHandlerFeatures - recursiveReadOnlyMounts!:v userNamespaces!:v
io.k8s.api.core.v1.NodeSelector @ nodeSelectorTerms:[238]
io.k8s.api.core.v1.NodeSelectorRequirement - key:v operator:v values:[v]
io.k8s.api.core.v1.NodeSelectorTerm @ matchExpressions:[237] matchFields:[237]
io.k8s.api.core.v1.NodeSpec - configSource!:230 externalID:v podCIDR:v podCIDRs:<v> providerID:v taints:[321] unschedulable:v
io.k8s.api.core.v1.NodeStatus - addresses:[type|226] allocatable:{q} capacity:{q} conditions:[type|229] config!:231 daemonEndpoints:232 declaredFeatures:[v] features!:233 images:[160] nodeInfo:242 phase:v runtimeHandlers:[234] volumesAttached:[139] volumesInUse:[v]
io.k8s.api.core.v1.NodeSwapStatus - capacity!:v
io.k8s.api.core.v1.NodeSystemInfo - architecture:v bootID:v containerRuntimeVersion:v kernelVersion:v kubeProxyVersion:v kubeletVersion:v machineID:v operatingSystem:v osImage:v swap!:241 systemUUID:v
io.k8s.api.core.v1.ObjectFieldSelector @ apiVersion:v fieldPath:v
io.k8s.api.core.v1.ObjectReference @ apiVersion:v fieldPath:v kind:v name:v namespace:v resourceVersion:v uid:v
io.k8s.api.core.v1.PersistentVolume - apiVersion:v kind:v metadata:587 spec:252 status:253
io.k8s.api.core.v1.PersistentVolumeClaim - apiVersion:v kind:v metadata:587 spec:248 status:249
io.k8s.api.core.v1.PersistentVolumeClaimCondition - lastProbeTime:t lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.core.v1.PersistentVolumeClaimSpec - accessModes:[v] dataSource!:326 dataSourceRef!:327 resources:334 selector!:584 storageClassName!:v volumeAttributesClassName!:v volumeMode!:v volumeName:v
io.k8s.api.core.v1.PersistentVolumeClaimStatus - accessModes:[v] allocatedResourceStatuses:~{v} allocatedResources:{q} capacity:{q} conditions:[type|247] currentVolumeAttributesClassName!:v modifyVolumeStatus!:219 phase:v
io.k8s.api.core.v1.PersistentVolumeClaimTemplate - metadata:587 spec:248
io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource - claimName:v readOnly:v
io.k8s.api.core.v1.PersistentVolumeSpec - accessModes:[v] awsElasticBlockStore!:136 azureDisk!:140 azureFile!:141 capacity:{q} cephfs!:146 cinder!:148 claimRef!:~244 csi!:143 fc!:189 flexVolume!:191 flocker!:193 gcePersistentDisk!:194 glusterfs!:197 hostPath!:203 iscsi!:204 local!:218 mountOptions:[v] nfs!:220 nodeAffinity!:332 persistentVolumeReclaimPolicy:v photonPersistentDisk!:254 portworxVolume!:277 quobyte!:281 rbd!:282 scaleIO!:297 storageClassName:v storageos!:317 volumeAttributesClassName!:v volumeMode!:v vsphereVolume!:336
io.k8s.api.core.v1.PersistentVolumeStatus - lastPhaseTransitionTime!:t message:v phase:v reason:v
io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource - fsType:v pdID:v
io.k8s.api.core.v1.Pod - apiVersion:v kind:v metadata:587 spec:272 status:273
io.k8s.api.core.v1.PodAffinity - preferredDuringSchedulingIgnoredDuringExecution:[337] requiredDuringSchedulingIgnoredDuringExecution:[257]
io.k8s.api.core.v1.PodAffinityTerm - labelSelector!:584 matchLabelKeys:[v] mismatchLabelKeys:[v] namespaceSelector!:584 namespaces:[v] topologyKey:v
io.k8s.api.core.v1.PodAntiAffinity - preferredDuringSchedulingIgnoredDuringExecution:[337] requiredDuringSchedulingIgnoredDuringExecution:[257]
io.k8s.api.core.v1.PodCertificateProjection - certificateChainPath:v credentialBundlePath:v keyPath:v keyType:v maxExpirationSeconds!:v signerName:v userAnnotations:{v}
io.k8s.api.core.v1.PodCondition - lastProbeTime:t lastTransitionTime:t message:v observedGeneration:v reason:v status:v type:v
io.k8s.api.core.v1.PodDNSConfig - nameservers:[v] options:[262] searches:[v]
io.k8s.api.core.v1.PodDNSConfigOption - name:v value!:v
io.k8s.api.core.v1.PodExtendedResourceClaimStatus - requestMappings:[159] resourceClaimName:v
io.k8s.api.core.v1.PodIP - ip:v
io.k8s.api.core.v1.PodOS - name:v
io.k8s.api.core.v1.PodReadinessGate - conditionType:v
io.k8s.api.core.v1.PodResourceClaim - name:v resourceClaimName!:v resourceClaimTemplateName!:v
io.k8s.api.core.v1.PodResourceClaimStatus - name:v resourceClaimName!:v
io.k8s.api.core.v1.PodSchedulingGate - name:v
io.k8s.api.core.v1.PodSchedulingGroup - podGroupName!:v
io.k8s.api.core.v1.PodSecurityContext - appArmorProfile!:138 fsGroup!:v fsGroupChangePolicy!:v runAsGroup!:v runAsNonRoot!:v runAsUser!:v seLinuxChangePolicy!:v seLinuxOptions!:296 seccompProfile!:301 supplementalGroups:[v] supplementalGroupsPolicy!:v sysctls:[319] windowsOptions!:338
io.k8s.api.core.v1.PodSpec - activeDeadlineSeconds!:v affinity!:137 automountServiceAccountToken!:v containers:[name|158] dnsConfig!:261 dnsPolicy:v enableServiceLinks!:v ephemeralContainers:[name|183] hostAliases:[ip|201] hostIPC:v hostNetwork:v hostPID:v hostUsers!:v hostname:v hostnameOverride!:v imagePullSecrets:[name|217] initContainers:[name|158] nodeName:v nodeSelector:@{v} os!:265 overhead:{q} preemptionPolicy!:v priority!:v priorityClassName:v readinessGates:[266] resourceClaims:[name|267] resources!:294 restartPolicy:v runtimeClassName!:v schedulerName:v schedulingGates:[name|269] schedulingGroup!:270 securityContext!:271 serviceAccount:v serviceAccountName:v setHostnameAsFQDN!:v shareProcessNamespace!:v subdomain:v terminationGracePeriodSeconds!:v tolerations:[322] topologySpreadConstraints:[topologyKey,whenUnsatisfiable|325] volumes:[name|328]
io.k8s.api.core.v1.PodStatus - allocatedResources:{q} conditions:[type|260] containerStatuses:[169] ephemeralContainerStatuses:[169] extendedResourceClaimStatus!:263 hostIP:v hostIPs:[202] initContainerStatuses:[169] message:v nodeAllocatableResourceClaimStatuses:[228] nominatedNodeName:v observedGeneration:v phase:v podIP:v podIPs:[ip|264] qosClass:v reason:v resize:v resourceClaimStatuses:[name|268] resources!:294 startTime!:t
io.k8s.api.core.v1.PodTemplate - apiVersion:v kind:v metadata:587 template:275
io.k8s.api.core.v1.PodTemplateSpec - metadata:587 spec:272
io.k8s.api.core.v1.PortStatus - error!:v port:v protocol:v
io.k8s.api.core.v1.PortworxVolumeSource - fsType:v readOnly:v volumeID:v
io.k8s.api.core.v1.PreferredSchedulingTerm - preference:238 weight:v
io.k8s.api.core.v1.Probe - exec!:188 failureThreshold:v grpc!:195 httpGet!:199 initialDelaySeconds:v periodSeconds:v successThreshold:v tcpSocket!:320 terminationGracePeriodSeconds!:v timeoutSeconds:v
io.k8s.api.core.v1.ProjectedVolumeSource - defaultMode!:v sources:[333]
io.k8s.api.core.v1.QuobyteVolumeSource - group:v readOnly:v registry:v tenant:v user:v volume:v
io.k8s.api.core.v1.RBDPersistentVolumeSource - fsType:v image:v keyring:v="/etc/ceph/keyring" monitors:[v] pool:v="rbd" readOnly:v secretRef!:306 user:v="admin"
io.k8s.api.core.v1.RBDVolumeSource - fsType:v image:v keyring:v="/etc/ceph/keyring" monitors:[v] pool:v="rbd" readOnly:v secretRef!:217 user:v="admin"
io.k8s.api.core.v1.ReplicationController - apiVersion:v kind:v metadata:587 spec:286 status:287
io.k8s.api.core.v1.ReplicationControllerCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.core.v1.ReplicationControllerSpec - minReadySeconds:v replicas!:v=1 selector:@{v} template!:275
io.k8s.api.core.v1.ReplicationControllerStatus - availableReplicas:v conditions:[type|285] fullyLabeledReplicas:v observedGeneration:v readyReplicas:v replicas:v
io.k8s.api.core.v1.ResourceClaim - name:v request:v
io.k8s.api.core.v1.ResourceFieldSelector @ containerName:v divisor:q resource:v
io.k8s.api.core.v1.ResourceHealth - health:v message!:v resourceID:v
io.k8s.api.core.v1.ResourceQuota - apiVersion:v kind:v metadata:587 spec:292 status:293
io.k8s.api.core.v1.ResourceQuotaSpec - hard:{q} scopeSelector!:299 scopes:[v]
io.k8s.api.core.v1.ResourceQuotaStatus - hard:{q} used:{q}
io.k8s.api.core.v1.ResourceRequirements - claims:[name|288] limits:{q} requests:{q}
io.k8s.api.core.v1.ResourceStatus - name:v resources:[resourceID|290]
io.k8s.api.core.v1.SELinuxOptions - level:v role:v type:v user:v
io.k8s.api.core.v1.ScaleIOPersistentVolumeSource - fsType:v="xfs" gateway:v protectionDomain:v readOnly:v secretRef!:306 sslEnabled:v storageMode:v="ThinProvisioned" storagePool:v system:v volumeName:v
io.k8s.api.core.v1.ScaleIOVolumeSource - fsType:v="xfs" gateway:v protectionDomain:v readOnly:v secretRef!:217 sslEnabled:v storageMode:v="ThinProvisioned" storagePool:v system:v volumeName:v
io.k8s.api.core.v1.ScopeSelector @ matchExpressions:[300]
io.k8s.api.core.v1.ScopedResourceSelectorRequirement - operator:v scopeName:v values:[v]
io.k8s.api.core.v1.SeccompProfile - localhostProfile!:v type:v
io.k8s.api.core.v1.Secret - apiVersion:v data:{y} immutable!:v kind:v metadata:587 stringData:{v} type:v
io.k8s.api.core.v1.SecretEnvSource - name:v optional!:v
io.k8s.api.core.v1.SecretKeySelector @ key:v name:v optional!:v
io.k8s.api.core.v1.SecretProjection - items:[208] name:v optional!:v
io.k8s.api.core.v1.SecretReference @ name:v namespace:v
io.k8s.api.core.v1.SecretVolumeSource - defaultMode!:v items:[208] optional!:v secretName:v
io.k8s.api.core.v1.SecurityContext - allowPrivilegeEscalation!:v appArmorProfile!:138 capabilities!:145 privileged!:v procMount!:v readOnlyRootFilesystem!:v runAsGroup!:v runAsNonRoot!:v runAsUser!:v seLinuxOptions!:296 seccompProfile!:301 windowsOptions!:338
io.k8s.api.core.v1.Service - apiVersion:v kind:v metadata:587 spec:313 status:314
io.k8s.api.core.v1.ServiceAccount - apiVersion:v automountServiceAccountToken!:v imagePullSecrets:[217] kind:v metadata:587 secrets:[name|244]
io.k8s.api.core.v1.ServiceAccountTokenProjection - audience:v expirationSeconds!:v path:v
io.k8s.api.core.v1.ServicePort - appProtocol!:v name:v nodePort:v port:v protocol:v="TCP" targetPort:v
io.k8s.api.core.v1.ServiceSpec - allocateLoadBalancerNodePorts!:v clusterIP:v clusterIPs:[v] externalIPs:[v] externalName:v externalTrafficPolicy:v healthCheckNodePort:v internalTrafficPolicy!:v ipFamilies:[v] ipFamilyPolicy!:v loadBalancerClass!:v loadBalancerIP:v loadBalancerSourceRanges:[v] ports:[port,protocol|312] publishNotReadyAddresses:v selector:@{v} sessionAffinity:v sessionAffinityConfig!:315 trafficDistribution!:v type:v
io.k8s.api.core.v1.ServiceStatus - conditions:[type|583] loadBalancer:216
io.k8s.api.core.v1.SessionAffinityConfig - clientIP!:150
io.k8s.api.core.v1.SleepAction - seconds:v
io.k8s.api.core.v1.StorageOSPersistentVolumeSource - fsType:v readOnly:v secretRef!:244 volumeName:v volumeNamespace:v
io.k8s.api.core.v1.StorageOSVolumeSource - fsType:v readOnly:v secretRef!:217 volumeName:v volumeNamespace:v
io.k8s.api.core.v1.Sysctl - name:v value:v
io.k8s.api.core.v1.TCPSocketAction - host:v port:v
io.k8s.api.core.v1.Taint - effect:v key:v timeAdded!:t value:v
io.k8s.api.core.v1.Toleration - effect:v key:v operator:v tolerationSeconds!:v value:v
io.k8s.api.core.v1.TopologySelectorLabelRequirement - key:v values:[v]
io.k8s.api.core.v1.TopologySelectorTerm @ matchLabelExpressions:[323]
io.k8s.api.core.v1.TopologySpreadConstraint - labelSelector!:584 matchLabelKeys:[v] maxSkew:v minDomains!:v nodeAffinityPolicy!:v nodeTaintsPolicy!:v topologyKey:v whenUnsatisfiable:v
io.k8s.api.core.v1.TypedLocalObjectReference @ apiGroup!:v kind:v name:v
io.k8s.api.core.v1.TypedObjectReference - apiGroup!:v kind:v name:v namespace!:v
io.k8s.api.core.v1.Volume - awsElasticBlockStore!:136 azureDisk!:140 azureFile!:142 cephfs!:147 cinder!:149 configMap!:157 csi!:144 downwardAPI!:174 emptyDir!:175 ephemeral!:184 fc!:189 flexVolume!:192 flocker!:193 gcePersistentDisk!:194 gitRepo!:196 glusterfs!:198 hostPath!:203 image!:206 iscsi!:205 name:v nfs!:220 persistentVolumeClaim!:251 photonPersistentDisk!:254 portworxVolume!:277 projected!:280 quobyte!:281 rbd!:283 scaleIO!:298 secret!:307 storageos!:318 vsphereVolume!:336
io.k8s.api.core.v1.VolumeDevice - devicePath:v name:v
io.k8s.api.core.v1.VolumeMount - mountPath:v mountPropagation!:v name:v readOnly:v recursiveReadOnly!:v subPath:v subPathExpr:v
io.k8s.api.core.v1.VolumeMountStatus - mountPath:v name:v readOnly:v recursiveReadOnly!:v volumeStatus!:335
io.k8s.api.core.v1.VolumeNodeAffinity - required!:236
io.k8s.api.core.v1.VolumeProjection - clusterTrustBundle!:151 configMap!:156 downwardAPI!:172 podCertificate!:259 secret!:305 serviceAccountToken!:311
io.k8s.api.core.v1.VolumeResourceRequirements - limits:{q} requests:{q}
io.k8s.api.core.v1.VolumeStatus - image!:207
io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource - fsType:v storagePolicyID:v storagePolicyName:v volumePath:v
io.k8s.api.core.v1.WeightedPodAffinityTerm - podAffinityTerm:257 weight:v
io.k8s.api.core.v1.WindowsSecurityContextOptions - gmsaCredentialSpec!:v gmsaCredentialSpecName!:v hostProcess!:v runAsUserName!:v
io.k8s.api.discovery.v1.Endpoint - addresses:<v> conditions:340 deprecatedTopology:{v} hints!:341 hostname!:v nodeName!:v targetRef!:244 zone!:v
io.k8s.api.discovery.v1.EndpointConditions - ready!:v serving!:v terminating!:v
io.k8s.api.discovery.v1.EndpointHints - forNodes:[344] forZones:[345]
io.k8s.api.discovery.v1.EndpointPort @ appProtocol!:v name!:v port!:v protocol!:v
io.k8s.api.discovery.v1.EndpointSlice - addressType:v apiVersion:v endpoints:[339] kind:v metadata:587 ports:[342]
io.k8s.api.discovery.v1.ForNode - name:v
io.k8s.api.discovery.v1.ForZone - name:v
io.k8s.api.events.v1.Event - action:v apiVersion:v deprecatedCount:v deprecatedFirstTimestamp:t deprecatedLastTimestamp:t deprecatedSource:187 eventTime:u kind:v metadata:587 note:v reason:v regarding:244 related!:244 reportingController:v reportingInstance:v series!:347 type:v
io.k8s.api.events.v1.EventSeries - count:v lastObservedTime:u
io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration - lendablePercent!:v nominalConcurrencyShares!:v
io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod - type:v
io.k8s.api.flowcontrol.v1.FlowSchema - apiVersion:v kind:v metadata:587 spec:352 status:353
io.k8s.api.flowcontrol.v1.FlowSchemaCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.flowcontrol.v1.FlowSchemaSpec - distinguisherMethod!:349 matchingPrecedence:v priorityLevelConfiguration:361 rules:[358]
io.k8s.api.flowcontrol.v1.FlowSchemaStatus - conditions:[type|351]
io.k8s.api.flowcontrol.v1.GroupSubject - name:v
io.k8s.api.flowcontrol.v1.LimitResponse - queuing!:364 type:v
io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration - borrowingLimitPercent!:v lendablePercent!:v limitResponse:355 nominalConcurrencyShares!:v
io.k8s.api.flowcontrol.v1.NonResourcePolicyRule - nonResourceURLs:<v> verbs:<v>
io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects - nonResourceRules:[357] resourceRules:[365] subjects:[367]
io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration - apiVersion:v kind:v metadata:587 spec:362 status:363
io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference - name:v
io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec - exempt!:348 limited!:356 type:v
io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus - conditions:[type|360]
io.k8s.api.flowcontrol.v1.QueuingConfiguration - handSize:v queueLengthLimit:v queues:v
io.k8s.api.flowcontrol.v1.ResourcePolicyRule - apiGroups:<v> clusterScope:v namespaces:<v> resources:<v> verbs:<v>
io.k8s.api.flowcontrol.v1.ServiceAccountSubject - name:v namespace:v
io.k8s.api.flowcontrol.v1.Subject - group!:354 kind:v serviceAccount!:366 user!:368
io.k8s.api.flowcontrol.v1.UserSubject - name:v
io.k8s.api.networking.v1.HTTPIngressPath - backend:375 path:v pathType!:v
io.k8s.api.networking.v1.HTTPIngressRuleValue - paths:[369]
io.k8s.api.networking.v1.IPAddress - apiVersion:v kind:v metadata:587 spec:372
io.k8s.api.networking.v1.IPAddressSpec - parentRef!:393
io.k8s.api.networking.v1.IPBlock - cidr:v except:[v]
io.k8s.api.networking.v1.Ingress - apiVersion:v kind:v metadata:587 spec:384 status:385
io.k8s.api.networking.v1.IngressBackend - resource!:326 service!:383
io.k8s.api.networking.v1.IngressClass - apiVersion:v kind:v metadata:587 spec:378
io.k8s.api.networking.v1.IngressClassParametersReference - apiGroup!:v kind:v name:v namespace!:v scope!:v
io.k8s.api.networking.v1.IngressClassSpec - controller:v parameters!:377
io.k8s.api.networking.v1.IngressLoadBalancerIngress - hostname:v ip:v ports:[381]
io.k8s.api.networking.v1.IngressLoadBalancerStatus - ingress:[379]
io.k8s.api.networking.v1.IngressPortStatus - error!:v port:v protocol:v
io.k8s.api.networking.v1.IngressRule - host:v http!:370
io.k8s.api.networking.v1.IngressServiceBackend - name:v port:394
io.k8s.api.networking.v1.IngressSpec - defaultBackend!:375 ingressClassName!:v rules:[382] tls:[386]
io.k8s.api.networking.v1.IngressStatus - loadBalancer:380
io.k8s.api.networking.v1.IngressTLS - hosts:[v] secretName:v
io.k8s.api.networking.v1.NetworkPolicy - apiVersion:v kind:v metadata:587 spec:392
io.k8s.api.networking.v1.NetworkPolicyEgressRule - ports:[391] to:[390]
io.k8s.api.networking.v1.NetworkPolicyIngressRule - from:[390] ports:[391]
io.k8s.api.networking.v1.NetworkPolicyPeer - ipBlock!:373 namespaceSelector!:584 podSelector!:584
io.k8s.api.networking.v1.NetworkPolicyPort - endPort!:v port!:v protocol!:v
io.k8s.api.networking.v1.NetworkPolicySpec - egress:[388] ingress:[389] podSelector:584 policyTypes:[v]
io.k8s.api.networking.v1.ParentReference - group:v name:v namespace:v resource:v
io.k8s.api.networking.v1.ServiceBackendPort @ name:v number:v
io.k8s.api.networking.v1.ServiceCIDR - apiVersion:v kind:v metadata:587 spec:396 status:397
io.k8s.api.networking.v1.ServiceCIDRSpec - cidrs:[v]
io.k8s.api.networking.v1.ServiceCIDRStatus - conditions:[type|583]
io.k8s.api.networking.v1beta1.IPAddress - apiVersion:v kind:v metadata:587 spec:399
io.k8s.api.networking.v1beta1.IPAddressSpec - parentRef!:400
io.k8s.api.networking.v1beta1.ParentReference - group:v name:v namespace:v resource:v
io.k8s.api.networking.v1beta1.ServiceCIDR - apiVersion:v kind:v metadata:587 spec:402 status:403
io.k8s.api.networking.v1beta1.ServiceCIDRSpec - cidrs:[v]
io.k8s.api.networking.v1beta1.ServiceCIDRStatus - conditions:[type|583]
io.k8s.api.node.v1.Overhead - podFixed:{q}
io.k8s.api.node.v1.RuntimeClass - apiVersion:v handler:v kind:v metadata:587 overhead!:404 scheduling!:406
io.k8s.api.node.v1.Scheduling - nodeSelector:@{v} tolerations:[322]
io.k8s.api.policy.v1.PodDisruptionBudget - apiVersion:v kind:v metadata:587 spec:408 status:409
io.k8s.api.policy.v1.PodDisruptionBudgetSpec - maxUnavailable!:v minAvailable!:v selector!:584 unhealthyPodEvictionPolicy!:v
io.k8s.api.policy.v1.PodDisruptionBudgetStatus - conditions:[type|583] currentHealthy:v desiredHealthy:v disruptedPods:{t} disruptionsAllowed:v expectedPods:v observedGeneration:v
io.k8s.api.rbac.v1.AggregationRule - clusterRoleSelectors:[584]
io.k8s.api.rbac.v1.ClusterRole - aggregationRule!:410 apiVersion:v kind:v metadata:587 rules:[413]
io.k8s.api.rbac.v1.ClusterRoleBinding - apiVersion:v kind:v metadata:587 roleRef:416 subjects:[417]
io.k8s.api.rbac.v1.PolicyRule - apiGroups:[v] nonResourceURLs:[v] resourceNames:[v] resources:[v] verbs:[v]
io.k8s.api.rbac.v1.Role - apiVersion:v kind:v metadata:587 rules:[413]
io.k8s.api.rbac.v1.RoleBinding - apiVersion:v kind:v metadata:587 roleRef:416 subjects:[417]
io.k8s.api.rbac.v1.RoleRef @ apiGroup:v kind:v name:v
io.k8s.api.rbac.v1.Subject @ apiGroup:v kind:v name:v namespace:v
io.k8s.api.resource.v1.AllocatedDeviceStatus - conditions:[type|583] data!:a device:v driver:v networkData!:445 pool:v shareID!:v
io.k8s.api.resource.v1.AllocationResult - allocationTimestamp!:t devices:428 nodeSelector!:236
io.k8s.api.resource.v1.CELDeviceSelector - expression:v
io.k8s.api.resource.v1.CapacityRequestPolicy - default!:q validRange!:422 validValues:[q]
io.k8s.api.resource.v1.CapacityRequestPolicyRange - max!:q min!:q step!:q
io.k8s.api.resource.v1.CapacityRequirements - requests:{q}
io.k8s.api.resource.v1.Counter - value:q
io.k8s.api.resource.v1.CounterSet - counters:{424} name:v
io.k8s.api.resource.v1.Device - allNodes!:v allowMultipleAllocations!:v attributes:{429} bindingConditions:[v] bindingFailureConditions:[v] bindsToNode!:v capacity:{430} consumesCounters:[437] name:v nodeAllocatableResourceMappings:{446} nodeName!:v nodeSelector!:236 taints:[442]
io.k8s.api.resource.v1.DeviceAllocationConfiguration - opaque!:447 requests:[v] source:v
io.k8s.api.resource.v1.DeviceAllocationResult - config:[427] results:[439]
io.k8s.api.resource.v1.DeviceAttribute - bool!:v bools:[v] int!:v ints:[v] string!:v strings:[v] version!:v versions:[v]
io.k8s.api.resource.v1.DeviceCapacity - requestPolicy!:421 value:q
io.k8s.api.resource.v1.DeviceClaim - config:[432] constraints:[436] requests:[438]
io.k8s.api.resource.v1.DeviceClaimConfiguration - opaque!:447 requests:[v]
io.k8s.api.resource.v1.DeviceClass - apiVersion:v kind:v metadata:587 spec:435
io.k8s.api.resource.v1.DeviceClassConfiguration - opaque!:447
io.k8s.api.resource.v1.DeviceClassSpec - config:[434] extendedResourceName!:v selectors:[440]
io.k8s.api.resource.v1.DeviceConstraint - distinctAttribute!:v matchAttribute!:v requests:[v]
io.k8s.api.resource.v1.DeviceCounterConsumption - counterSet:v counters:{424}
io.k8s.api.resource.v1.DeviceRequest - exactly!:444 firstAvailable:[441] name:v
io.k8s.api.resource.v1.DeviceRequestAllocationResult - adminAccess!:v bindingConditions:[v] bindingFailureConditions:[v] consumedCapacity:{q} device:v driver:v pool:v request:v shareID!:v tolerations:[443]
io.k8s.api.resource.v1.DeviceSelector - cel!:420
io.k8s.api.resource.v1.DeviceSubRequest - allocationMode:v capacity!:423 count:v deviceClassName:v name:v selectors:[440] tolerations:[443]
io.k8s.api.resource.v1.DeviceTaint - effect:v key:v timeAdded!:t value:v
io.k8s.api.resource.v1.DeviceToleration - effect:v key:v operator:v="Equal" tolerationSeconds!:v value:v
io.k8s.api.resource.v1.ExactDeviceRequest - adminAccess!:v allocationMode:v capacity!:423 count:v deviceClassName:v selectors:[440] tolerations:[443]
io.k8s.api.resource.v1.NetworkDeviceData - hardwareAddress:v interfaceName:v ips:[v]
io.k8s.api.resource.v1.NodeAllocatableResourceMapping - allocationMultiplier!:q capacityKey!:v
io.k8s.api.resource.v1.OpaqueDeviceConfiguration - driver:v parameters!:a
io.k8s.api.resource.v1.ResourceClaim - apiVersion:v kind:v metadata:587 spec:450 status:451
io.k8s.api.resource.v1.ResourceClaimConsumerReference - apiGroup:v name:v resource:v uid:v
io.k8s.api.resource.v1.ResourceClaimSpec - devices:431
io.k8s.api.resource.v1.ResourceClaimStatus - allocation!:419 devices:[driver,device,pool,shareID|418] reservedFor:[uid|449]
io.k8s.api.resource.v1.ResourceClaimTemplate - apiVersion:v kind:v metadata:587 spec:453
io.k8s.api.resource.v1.ResourceClaimTemplateSpec - metadata:587 spec:450
io.k8s.api.resource.v1.ResourcePool - generation:v name:v resourceSliceCount:v
io.k8s.api.resource.v1.ResourceSlice - apiVersion:v kind:v metadata:587 spec:456
io.k8s.api.resource.v1.ResourceSliceSpec - allNodes!:v devices:[426] driver:v nodeName!:v nodeSelector!:236 perDeviceNodeSelection!:v pool:454 sharedCounters:[425]
io.k8s.api.resource.v1alpha3.DeviceTaint - effect:v key:v timeAdded!:t value:v
io.k8s.api.resource.v1alpha3.DeviceTaintRule - apiVersion:v kind:v metadata:587 spec:459 status:460
io.k8s.api.resource.v1alpha3.DeviceTaintRuleSpec - deviceSelector!:461 taint:457
io.k8s.api.resource.v1alpha3.DeviceTaintRuleStatus - conditions:[type|583]
io.k8s.api.resource.v1alpha3.DeviceTaintSelector - device!:v driver!:v pool!:v
io.k8s.api.resource.v1alpha3.PoolStatus - allocatedDevices!:v availableDevices!:v driver:v generation:v nodeName!:v poolName:v resourceSliceCount!:v totalDevices!:v unavailableDevices!:v validationError!:v
io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequest - apiVersion:v kind:v metadata:587 spec:464 status!:465
io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequestSpec - driver:v limit!:v=100 poolName!:v
io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequestStatus - conditions:[type|583] poolCount!:v pools:[462]
io.k8s.api.resource.v1beta1.AllocatedDeviceStatus - conditions:[type|583] data!:a device:v driver:v networkData!:493 pool:v shareID!:v
io.k8s.api.resource.v1beta1.AllocationResult - allocationTimestamp!:t devices:477 nodeSelector!:236
io.k8s.api.resource.v1beta1.BasicDevice - allNodes!:v allowMultipleAllocations!:v attributes:{478} bindingConditions:[v] bindingFailureConditions:[v] bindsToNode!:v capacity:{479} consumesCounters:[486] nodeAllocatableResourceMappings:{494} nodeName!:v nodeSelector!:236 taints:[491]
io.k8s.api.resource.v1beta1.CELDeviceSelector - expression:v
io.k8s.api.resource.v1beta1.CapacityRequestPolicy - default!:q validRange!:471 validValues:[q]
io.k8s.api.resource.v1beta1.CapacityRequestPolicyRange - max!:q min!:q step!:q
io.k8s.api.resource.v1beta1.CapacityRequirements - requests:{q}
io.k8s.api.resource.v1beta1.Counter - value:q
io.k8s.api.resource.v1beta1.CounterSet - counters:{473} name:v
io.k8s.api.resource.v1beta1.Device - basic!:468 name:v
io.k8s.api.resource.v1beta1.DeviceAllocationConfiguration - opaque!:495 requests:[v] source:v
io.k8s.api.resource.v1beta1.DeviceAllocationResult - config:[476] results:[488]
io.k8s.api.resource.v1beta1.DeviceAttribute - bool!:v bools:[v] int!:v ints:[v] string!:v strings:[v] version!:v versions:[v]
io.k8s.api.resource.v1beta1.DeviceCapacity - requestPolicy!:470 value:q
io.k8s.api.resource.v1beta1.DeviceClaim - config:[481] constraints:[485] requests:[487]
io.k8s.api.resource.v1beta1.DeviceClaimConfiguration - opaque!:495 requests:[v]
io.k8s.api.resource.v1beta1.DeviceClass - apiVersion:v kind:v metadata:587 spec:484
io.k8s.api.resource.v1beta1.DeviceClassConfiguration - opaque!:495
io.k8s.api.resource.v1beta1.DeviceClassSpec - config:[483] extendedResourceName!:v selectors:[489]
io.k8s.api.resource.v1beta1.DeviceConstraint - distinctAttribute!:v matchAttribute!:v requests:[v]
io.k8s.api.resource.v1beta1.DeviceCounterConsumption - counterSet:v counters:{473}
io.k8s.api.resource.v1beta1.DeviceRequest - adminAccess!:v allocationMode:v capacity!:472 count:v deviceClassName:v firstAvailable:[490] name:v selectors:[489] tolerations:[492]
io.k8s.api.resource.v1beta1.DeviceRequestAllocationResult - adminAccess!:v bindingConditions:[v] bindingFailureConditions:[v] consumedCapacity:{q} device:v driver:v pool:v request:v shareID!:v tolerations:[492]
io.k8s.api.resource.v1beta1.DeviceSelector - cel!:469
io.k8s.api.resource.v1beta1.DeviceSubRequest - allocationMode:v capacity!:472 count:v deviceClassName:v name:v selectors:[489] tolerations:[492]
io.k8s.api.resource.v1beta1.DeviceTaint - effect:v key:v timeAdded!:t value:v
io.k8s.api.resource.v1beta1.DeviceToleration - effect:v key:v operator:v="Equal" tolerationSeconds!:v value:v
io.k8s.api.resource.v1beta1.NetworkDeviceData - hardwareAddress:v interfaceName:v ips:[v]
io.k8s.api.resource.v1beta1.NodeAllocatableResourceMapping - allocationMultiplier!:q capacityKey!:v
io.k8s.api.resource.v1beta1.OpaqueDeviceConfiguration - driver:v parameters!:a
io.k8s.api.resource.v1beta1.ResourceClaim - apiVersion:v kind:v metadata:587 spec:498 status:499
io.k8s.api.resource.v1beta1.ResourceClaimConsumerReference - apiGroup:v name:v resource:v uid:v
io.k8s.api.resource.v1beta1.ResourceClaimSpec - devices:480
io.k8s.api.resource.v1beta1.ResourceClaimStatus - allocation!:467 devices:[driver,device,pool,shareID|466] reservedFor:[uid|497]
io.k8s.api.resource.v1beta1.ResourceClaimTemplate - apiVersion:v kind:v metadata:587 spec:501
io.k8s.api.resource.v1beta1.ResourceClaimTemplateSpec - metadata:587 spec:498
io.k8s.api.resource.v1beta1.ResourcePool - generation:v name:v resourceSliceCount:v
io.k8s.api.resource.v1beta1.ResourceSlice - apiVersion:v kind:v metadata:587 spec:504
io.k8s.api.resource.v1beta1.ResourceSliceSpec - allNodes:v devices:[475] driver:v nodeName:v nodeSelector!:236 perDeviceNodeSelection!:v pool:502 sharedCounters:[474]
io.k8s.api.resource.v1beta2.AllocatedDeviceStatus - conditions:[type|583] data!:a device:v driver:v networkData!:536 pool:v shareID!:v
io.k8s.api.resource.v1beta2.AllocationResult - allocationTimestamp!:t devices:515 nodeSelector!:236
io.k8s.api.resource.v1beta2.CELDeviceSelector - expression:v
io.k8s.api.resource.v1beta2.CapacityRequestPolicy - default!:q validRange!:509 validValues:[q]
io.k8s.api.resource.v1beta2.CapacityRequestPolicyRange - max!:q min!:q step!:q
io.k8s.api.resource.v1beta2.CapacityRequirements - requests:{q}
io.k8s.api.resource.v1beta2.Counter - value:q
io.k8s.api.resource.v1beta2.CounterSet - counters:{511} name:v
io.k8s.api.resource.v1beta2.Device - allNodes!:v allowMultipleAllocations!:v attributes:{516} bindingConditions:[v] bindingFailureConditions:[v] bindsToNode!:v capacity:{517} consumesCounters:[524] name:v nodeAllocatableResourceMappings:{537} nodeName!:v nodeSelector!:236 taints:[529]
io.k8s.api.resource.v1beta2.DeviceAllocationConfiguration - opaque!:538 requests:[v] source:v
io.k8s.api.resource.v1beta2.DeviceAllocationResult - config:[514] results:[526]
io.k8s.api.resource.v1beta2.DeviceAttribute - bool!:v bools:[v] int!:v ints:[v] string!:v strings:[v] version!:v versions:[v]
io.k8s.api.resource.v1beta2.DeviceCapacity - requestPolicy!:508 value:q
io.k8s.api.resource.v1beta2.DeviceClaim - config:[519] constraints:[523] requests:[525]
io.k8s.api.resource.v1beta2.DeviceClaimConfiguration - opaque!:538 requests:[v]
io.k8s.api.resource.v1beta2.DeviceClass - apiVersion:v kind:v metadata:587 spec:522
io.k8s.api.resource.v1beta2.DeviceClassConfiguration - opaque!:538
io.k8s.api.resource.v1beta2.DeviceClassSpec - config:[521] extendedResourceName!:v selectors:[527]
io.k8s.api.resource.v1beta2.DeviceConstraint - distinctAttribute!:v matchAttribute!:v requests:[v]
io.k8s.api.resource.v1beta2.DeviceCounterConsumption - counterSet:v counters:{511}
io.k8s.api.resource.v1beta2.DeviceRequest - exactly!:535 firstAvailable:[528] name:v
io.k8s.api.resource.v1beta2.DeviceRequestAllocationResult - adminAccess!:v bindingConditions:[v] bindingFailureConditions:[v] consumedCapacity:{q} device:v driver:v pool:v request:v shareID!:v tolerations:[534]
io.k8s.api.resource.v1beta2.DeviceSelector - cel!:507
io.k8s.api.resource.v1beta2.DeviceSubRequest - allocationMode:v capacity!:510 count:v deviceClassName:v name:v selectors:[527] tolerations:[534]
io.k8s.api.resource.v1beta2.DeviceTaint - effect:v key:v timeAdded!:t value:v
io.k8s.api.resource.v1beta2.DeviceTaintRule - apiVersion:v kind:v metadata:587 spec:531 status:532
io.k8s.api.resource.v1beta2.DeviceTaintRuleSpec - deviceSelector!:533 taint:529
io.k8s.api.resource.v1beta2.DeviceTaintRuleStatus - conditions:[type|583]
io.k8s.api.resource.v1beta2.DeviceTaintSelector - device!:v driver!:v pool!:v
io.k8s.api.resource.v1beta2.DeviceToleration - effect:v key:v operator:v="Equal" tolerationSeconds!:v value:v
io.k8s.api.resource.v1beta2.ExactDeviceRequest - adminAccess!:v allocationMode:v capacity!:510 count:v deviceClassName:v selectors:[527] tolerations:[534]
io.k8s.api.resource.v1beta2.NetworkDeviceData - hardwareAddress:v interfaceName:v ips:[v]
io.k8s.api.resource.v1beta2.NodeAllocatableResourceMapping - allocationMultiplier!:q capacityKey!:v
io.k8s.api.resource.v1beta2.OpaqueDeviceConfiguration - driver:v parameters!:a
io.k8s.api.resource.v1beta2.ResourceClaim - apiVersion:v kind:v metadata:587 spec:541 status:542
io.k8s.api.resource.v1beta2.ResourceClaimConsumerReference - apiGroup:v name:v resource:v uid:v
io.k8s.api.resource.v1beta2.ResourceClaimSpec - devices:518
io.k8s.api.resource.v1beta2.ResourceClaimStatus - allocation!:506 devices:[driver,device,pool,shareID|505] reservedFor:[uid|540]
io.k8s.api.resource.v1beta2.ResourceClaimTemplate - apiVersion:v kind:v metadata:587 spec:544
io.k8s.api.resource.v1beta2.ResourceClaimTemplateSpec - metadata:587 spec:541
io.k8s.api.resource.v1beta2.ResourcePool - generation:v name:v resourceSliceCount:v
io.k8s.api.resource.v1beta2.ResourceSlice - apiVersion:v kind:v metadata:587 spec:547
io.k8s.api.resource.v1beta2.ResourceSliceSpec - allNodes!:v devices:[513] driver:v nodeName!:v nodeSelector!:236 perDeviceNodeSelection!:v pool:545 sharedCounters:[512]
io.k8s.api.scheduling.v1.PriorityClass - apiVersion:v description:v globalDefault:v kind:v metadata:587 preemptionPolicy!:v value:v
io.k8s.api.storage.v1.CSIDriver - apiVersion:v kind:v metadata:587 spec:550
io.k8s.api.storage.v1.CSIDriverSpec - attachRequired!:v fsGroupPolicy!:v nodeAllocatableUpdatePeriodSeconds!:v podInfoOnMount!:v preventPodSchedulingIfMissing!:v requiresRepublish!:v seLinuxMount!:v serviceAccountTokenInSecrets!:v storageCapacity!:v tokenRequests:[556] volumeLifecycleModes:<v>
io.k8s.api.storage.v1.CSINode - apiVersion:v kind:v metadata:587 spec:553
io.k8s.api.storage.v1.CSINodeDriver - allocatable!:563 name:v nodeID:v topologyKeys:[v]
io.k8s.api.storage.v1.CSINodeSpec - drivers:[name|552]
io.k8s.api.storage.v1.CSIStorageCapacity - apiVersion:v capacity!:q kind:v maximumVolumeSize!:q metadata:587 nodeTopology!:584 storageClassName:v
io.k8s.api.storage.v1.StorageClass - allowVolumeExpansion!:v allowedTopologies:[324] apiVersion:v kind:v metadata:587 mountOptions:[v] parameters:{v} provisioner:v reclaimPolicy!:v volumeBindingMode!:v
io.k8s.api.storage.v1.TokenRequest - audience:v expirationSeconds!:v
io.k8s.api.storage.v1.VolumeAttachment - apiVersion:v kind:v metadata:587 spec:559 status:560
io.k8s.api.storage.v1.VolumeAttachmentSource - inlineVolumeSpec!:252 persistentVolumeName!:v
io.k8s.api.storage.v1.VolumeAttachmentSpec - attacher:v nodeName:v source:558
io.k8s.api.storage.v1.VolumeAttachmentStatus - attachError!:562 attached:v attachmentMetadata:{v} detachError!:562
io.k8s.api.storage.v1.VolumeAttributesClass - apiVersion:v driverName:v kind:v metadata:587 parameters:{v}
io.k8s.api.storage.v1.VolumeError - errorCode!:v message:v time:t
io.k8s.api.storage.v1.VolumeNodeResources - count!:v
io.k8s.api.storage.v1beta1.VolumeAttributesClass - apiVersion:v driverName:v kind:v metadata:587 parameters:{v}
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition - description:v format:v jsonPath:v name:v priority:v type:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion - strategy:v webhook!:582
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition - apiVersion:v kind:v metadata:587 spec:570 status:571
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition - lastTransitionTime:t message:v observedGeneration:v reason:v status:v type:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames - categories:[v] kind:v listKind:v plural:v shortNames:[v] singular:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec - conversion!:566 group:v names:569 preserveUnknownFields:v scope:v versions:[572]
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus - acceptedNames:569 conditions:[type|568] observedGeneration:v storedVersions:[v]
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion - additionalPrinterColumns:[565] deprecated:v deprecationWarning!:v name:v schema!:575 selectableFields:[578] served:v storage:v subresources!:574
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale - labelSelectorPath!:v specReplicasPath:v statusReplicasPath:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources - scale!:573 status!:a
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation - openAPIV3Schema!:577
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation - description:v url:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps - $ref!:v $schema:v additionalItems!:577 additionalProperties!:577 allOf:[577] anyOf:[577] default!:a definitions:{577} dependencies:{577} description:v enum:[a] example!:a exclusiveMaximum:v exclusiveMinimum:v externalDocs!:576 format:v id:v items!:577 maxItems!:v maxLength!:v maxProperties!:v maximum!:v minItems!:v minLength!:v minProperties!:v minimum!:v multipleOf!:v not!:577 nullable:v oneOf:[577] pattern:v patternProperties:{577} properties:{577} required:[v] title:v type:v uniqueItems:v x-kubernetes-embedded-resource:v x-kubernetes-int-or-string:v x-kubernetes-list-map-keys:[v] x-kubernetes-list-type!:v x-kubernetes-map-type!:v x-kubernetes-preserve-unknown-fields!:v x-kubernetes-validations:[rule|580]
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField - jsonPath:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference - name:v namespace:v path!:v port!:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule - fieldPath:v message:v messageExpression:v optionalOldSelf!:v reason!:v rule:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig - caBundle:y service!:579 url!:v
io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion - clientConfig!:581 conversionReviewVersions:[v]
io.k8s.apimachinery.pkg.apis.meta.v1.Condition - lastTransitionTime:t message:v observedGeneration:v reason:v status:v type:v
io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector @ matchExpressions:[585] matchLabels:{v}
io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement - key:v operator:v values:[v]
io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry - apiVersion:v fieldsType:v fieldsV1!:a manager:v operation:v subresource:v time!:t
io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta - annotations:{v} creationTimestamp:t deletionGracePeriodSeconds!:v deletionTimestamp!:t finalizers:<v> generateName:v generation:v labels:{v} managedFields:[586] name:v namespace:v ownerReferences:[uid|588] resourceVersion:v selfLink:v uid:v
io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference @ apiVersion:v blockOwnerDeletion!:v controller!:v kind:v name:v uid:v
io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService - apiVersion:v kind:v metadata:587 spec:591 status:592
io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition - lastTransitionTime:t message:v reason:v status:v type:v
io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec - caBundle:y group:v groupPriorityMinimum:v insecureSkipTLSVerify:v service!:593 version:v versionPriority:v
io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus - conditions:[type|590]
io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference - name:v namespace:v port!:v
`
