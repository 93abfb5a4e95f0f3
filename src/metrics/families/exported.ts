import type { FamilyGroup } from './family.ts'

/** Which metrics are exported, by their names in the catalogue. */
export type IsExported = (name: string) => boolean

export function exportedFamilies<Item>(group: FamilyGroup<Item>, isExported: IsExported): FamilyGroup<Item> {
  return { ...group, families: group.families.filter(({ name }) => isExported(name)) }
}
