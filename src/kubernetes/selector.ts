import type { LabelSelector, SelectorRequirement } from '../model/selector.ts'

type Labels = Readonly<Record<string, string>>

/** Whether the labels satisfy every part of the selector; an empty selector selects everything, as in Kubernetes. */
export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  const pairs = Object.entries(selector.matchLabels ?? {})
  return (
    pairs.every(([key, value]) => labelOf(labels, key) === value) &&
    (selector.matchExpressions ?? []).every((requirement) => requirementMatches(requirement, labels))
  )
}

function requirementMatches(requirement: SelectorRequirement, labels: Labels): boolean {
  const value = labelOf(labels, requirement.key)
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value)
    case 'NotIn':
      // An object without the label is selected too (apimachinery's labels.Requirement).
      return value === undefined || !requirement.values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return requirement satisfies never
  }
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

/** The selector as `kubectl -l` takes it: for messages. */
export function selectorText(selector: LabelSelector): string {
  const pairs = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector.matchExpressions ?? []).map((requirement) => {
    switch (requirement.operator) {
      case 'In':
        return `${requirement.key} in (${requirement.values.join(',')})`
      case 'NotIn':
        return `${requirement.key} notin (${requirement.values.join(',')})`
      case 'Exists':
        return requirement.key
      case 'DoesNotExist':
        return `!${requirement.key}`
      default:
        return requirement satisfies never
    }
  })
  return [...pairs, ...expressions].join(',')
}
