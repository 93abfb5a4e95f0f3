import type { AppIdentity } from '../../model/identity.ts'

/** What decides whether an app may be seen. */
export type AppScope = Pick<
  AppIdentity,
  'controller' | 'kind' | 'declaredIn' | 'namespace' | 'name' | 'destination'
> & {
  readonly project: string
}

/** What one asker may see. Everything that answers him is made of the fleet as he sees it (`visibleFleet`). */
export interface Viewer {
  /** For the access log; '' where nobody has to say who he is. */
  readonly name: string
  /** Everything, what concerns no app included: problems of discovery, and why the config was refused. */
  readonly seesEverything: boolean
  sees(app: AppScope): boolean
  /** Whether values of fields of an app that he sees may be shown to him. */
  seesValues(app: AppScope): boolean
}

/** Who asks where nobody has to say who he is. */
export function anybody(seesValues: boolean): Viewer {
  return { name: '', seesEverything: true, sees: () => true, seesValues: () => seesValues }
}
