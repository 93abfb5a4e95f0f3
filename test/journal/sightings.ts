import { appId } from '../../src/model/identity.ts'
import type { EpisodeApp } from '../../src/model/journal/episode.ts'
import type { SightedObject, Sighting } from '../../src/model/journal/journal.ts'

export function episodeApp(name: string, destination = 'one'): EpisodeApp {
  const identity = { controller: 'static', kind: 'App', declaredIn: '', namespace: '', name, destination } as const
  return { ...identity, id: appId(identity), project: 'shop' }
}

export function drifted(name: string, parts: Partial<SightedObject> = {}): SightedObject {
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
    state: 'changed',
    marks: { declared: 'd', live: 'l' },
    fields: [{ path: '/spec/replicas', class: 'changed', desired: 3, live: 11 }],
    ...parts,
  }
}

/** Alice has scaled it by hand. */
export const SCALED_BY_ALICE = drifted('web', {
  cause: 'live',
  fields: [
    {
      path: '/spec/replicas',
      class: 'changed',
      desired: 3,
      live: 11,
      actor: { manager: 'kubectl', operation: 'Update', user: 'alice' },
    },
  ],
})

/** What is seen of an app at a time: OutOfSync with these objects, or Synced without any. */
export function sighting(
  app: EpisodeApp,
  at: number,
  objects: readonly SightedObject[] = [],
  parts: Partial<Sighting> = {},
): Sighting {
  return {
    app,
    at,
    status: objects.length > 0 ? 'OutOfSync' : 'Synced',
    history: `history at ${at}`,
    commits: [{ repository: 'https://git/shop', path: 'shop', commit: 'a'.repeat(40), time: 1 }],
    objects,
    objectsOmitted: 0,
    ended: {},
    ...parts,
  }
}

export const objectText = (name: string): string => `apps/Deployment/shop/${name}`
