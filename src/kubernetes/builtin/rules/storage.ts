import { always, type TypeRules } from './rule-helpers.ts'

export const STORAGE_RULES: TypeRules = {
  'storage.StorageClass': { reclaimPolicy: always('Delete'), volumeBindingMode: always('Immediate') },
  'storage.CSIDriverSpec': {
    attachRequired: always(true),
    podInfoOnMount: always(false),
    storageCapacity: always(false),
    fsGroupPolicy: always('ReadWriteOnceWithFSType'),
    volumeLifecycleModes: always(['Persistent']),
    requiresRepublish: always(false),
    seLinuxMount: always(false),
    preventPodSchedulingIfMissing: always(false),
  },
}
