import { ALLOCATED, always, isEmpty, type TypeRules } from './rule-helpers.ts'

export const NETWORK_RULES: TypeRules = {
  'networking.NetworkPolicyPort': { protocol: always('TCP') },
  'networking.NetworkPolicySpec': {
    policyTypes: { fill: ({ live }) => (isEmpty(live.egress) ? ['Ingress'] : ['Ingress', 'Egress']) },
  },
  'networking.IngressClassParametersReference': { scope: always('Cluster') },
  // Admission plugin DefaultIngressClass.
  'networking.IngressSpec': { ingressClassName: ALLOCATED },
  'discovery.EndpointPort': { name: always(''), protocol: always('TCP') },
  'flowcontrol.FlowSchemaSpec': { matchingPrecedence: always(1000) },
  'flowcontrol.ExemptPriorityLevelConfiguration': { nominalConcurrencyShares: always(0), lendablePercent: always(0) },
  'flowcontrol.LimitedPriorityLevelConfiguration': { nominalConcurrencyShares: always(30), lendablePercent: always(0) },
  'flowcontrol.QueuingConfiguration': { handSize: always(8), queues: always(64), queueLengthLimit: always(50) },
}
