import type { ObserveOptions, ServedKind } from '../../model/clusters/cluster.ts'
import type { ResumePoint } from './resumption.ts'

/** Why a watch may not begin at a version; undefined where it may. */
export type RefuseVersion = (
  served: ServedKind,
  from: { readonly lineage: string; readonly version: string },
  signal: AbortSignal,
) => Promise<string | undefined>

/** The part of each namespace in the cursor of an observation. */
export class CursorScopes {
  readonly #options: ObserveOptions
  readonly #refuse: RefuseVersion
  /** Where the observation begins; each is taken once, since who is opened again has lost what he knew. */
  readonly #starts: Map<string, string>
  readonly #lineage: string

  constructor(options: ObserveOptions, refuse: RefuseVersion) {
    this.#options = options
    this.#refuse = refuse
    const { cursor, resume } = options
    this.#starts = new Map(resume === undefined ? [] : cursor?.versions)
    this.#lineage = cursor?.lineage ?? ''
    if (cursor === undefined) return
    cursor.lineage = ''
    cursor.versions.clear()
  }

  readonly setLineage = (lineage: string): void => {
    if (this.#options.cursor !== undefined) this.#options.cursor.lineage = lineage
  }

  open(namespace: string = ''): {
    readonly resume: ResumePoint | undefined
    readonly onVersion: (version: string | undefined) => void
  } {
    const { cursor, resume } = this.#options
    const version = this.#starts.get(namespace)
    this.#starts.delete(namespace)
    return {
      resume:
        resume === undefined || version === undefined
          ? undefined
          : {
              version,
              known: resume.known.filter((key) => namespace === '' || key.namespace === namespace),
              refusal: (served, signal) => this.#refuse(served, { lineage: this.#lineage, version }, signal),
              onRefused: resume.onRefused,
            },
      onVersion(latest) {
        if (latest === undefined) cursor?.versions.delete(namespace)
        else cursor?.versions.set(namespace, latest)
      },
    }
  }
}
