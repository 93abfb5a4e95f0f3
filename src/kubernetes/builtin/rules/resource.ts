import { ALLOCATED, always, type TypeRules } from './rule-helpers.ts'

const REQUEST = {
  allocationMode: always('ExactCount'),
  count: {
    fill: ({ live }: { readonly live: { readonly [key: string]: unknown } }) =>
      live.allocationMode === 'ExactCount' || live.allocationMode === undefined ? 1 : undefined,
  },
}

export const RESOURCE_RULES: TypeRules = {
  'resource.ExactDeviceRequest': REQUEST,
  'resource.DeviceSubRequest': REQUEST,
  // In v1beta1 a request is not wrapped in `exactly`.
  'resource.DeviceRequest': REQUEST,
  'resource.Device': { basic: always({}) },
  'resource.DeviceTaint': { timeAdded: ALLOCATED },
  'resource.NodeAllocatableResourceMapping': { allocationMultiplier: always('1') },
}
