import type { ServiceAccount } from '../../../model/apps/permission.ts'
import { type Fields, readText } from '../../fields/fields.ts'
import type { ControllerFlags } from '../controller-flags.ts'

/**
 * The account that the controller impersonates to apply the resource, in the cluster where it applies it; undefined where it acts as itself
 * (runtime/client's Impersonator). It need not exist: impersonation asks for the right to its name alone.
 * @throws CodedError `GDE_FLUX_INVALID`
 */
export function serviceAccountOf(
  { namespace, spec }: { readonly namespace: string; readonly spec: Fields },
  { defaultServiceAccount }: ControllerFlags,
): ServiceAccount | undefined {
  const name = readText(spec, 'serviceAccountName') || defaultServiceAccount
  return name === undefined ? undefined : { namespace, name }
}
