import type { FieldRule } from '../../schema/node.ts'
import { always, at, type TypeRules } from './rule-helpers.ts'

const RBAC_GROUP = 'rbac.authorization.k8s.io'

/** The certificate of a webhook is injected by whoever issues it (cert-manager, the operator itself). */
const CA_BUNDLE: FieldRule = { allocated: () => true }

const WEBHOOK = {
  failurePolicy: always('Fail'),
  matchPolicy: always('Equivalent'),
  namespaceSelector: always({}),
  objectSelector: always({}),
  timeoutSeconds: always(10),
}

export const EXTENSION_RULES: TypeRules = {
  'admissionregistration.ValidatingWebhook': WEBHOOK,
  'admissionregistration.MutatingWebhook': { ...WEBHOOK, reinvocationPolicy: always('Never') },
  'admissionregistration.WebhookClientConfig': { caBundle: CA_BUNDLE },
  'admissionregistration.RuleWithOperations': { scope: always('*') },
  'admissionregistration.NamedRuleWithOperations': { scope: always('*') },
  'admissionregistration.ServiceReference': { port: always(443) },
  'admissionregistration.ValidatingAdmissionPolicySpec': { failurePolicy: always('Fail') },
  'admissionregistration.MutatingAdmissionPolicySpec': { failurePolicy: always('Fail') },
  // Required in v1.
  'admissionregistration.ParamRef': { parameterNotFoundAction: always('Deny') },
  'admissionregistration.MatchResources': {
    matchPolicy: always('Equivalent'),
    namespaceSelector: always({}),
    objectSelector: always({}),
  },
  'apiextensions.CustomResourceDefinitionSpec': { conversion: always({ strategy: 'None' }) },
  'apiextensions.CustomResourceConversion': { strategy: always('None'), webhook: always({}) },
  'apiextensions.CustomResourceDefinitionNames': {
    singular: {
      fill: ({ live }) => (typeof live.kind === 'string' ? live.kind.toLowerCase() : undefined),
      retained: true,
    },
    listKind: { fill: ({ live }) => (typeof live.kind === 'string' ? `${live.kind}List` : undefined), retained: true },
  },
  'apiextensions.WebhookClientConfig': { caBundle: CA_BUNDLE },
  'apiextensions.ServiceReference': { port: always(443) },
  'apiregistration.APIServiceSpec': { caBundle: CA_BUNDLE },
  'apiregistration.ServiceReference': { port: always(443) },
  'rbac.RoleRef': { apiGroup: always(RBAC_GROUP) },
  'rbac.Subject': {
    apiGroup: { fill: ({ live }) => (live.kind === 'User' || live.kind === 'Group' ? RBAC_GROUP : undefined) },
  },
  // A controller fills in the rules of an aggregated role, whatever is declared.
  'rbac.ClusterRole': {
    rules: {
      allocated: (_value, { live }) => at(live, 'aggregationRule') !== undefined,
      controlled: ({ live }) => at(live, 'aggregationRule') !== undefined,
    },
  },
}
