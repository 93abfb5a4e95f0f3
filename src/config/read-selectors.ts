import { labelKeyError, labelValueError } from '../kubernetes/labels.ts'
import type { LabelSelector, SelectorRequirement } from '../model/selector.ts'
import type { ParseContext } from './parse-context.ts'
import { readLabels } from './read-clusters.ts'
import type { SelectorFile } from './schema.ts'

/** A selector as Kubernetes takes it. */
export function readSelector(selector: SelectorFile, pointer: string, context: ParseContext): LabelSelector {
  const expressions = selector.matchExpressions ?? []
  return {
    matchLabels: readLabels(selector.matchLabels, `${pointer}/matchLabels`, context),
    matchExpressions: expressions.flatMap(({ key, operator, values }, index): readonly SelectorRequirement[] => {
      const at = `${pointer}/matchExpressions/${index}`
      const keyError = labelKeyError(key)
      if (keyError !== undefined) context.reportIssue(`${at}/key`, `not a label key: ${keyError}`)
      for (const [position, value] of (values ?? []).entries()) {
        const labelError = labelValueError(value)
        if (labelError !== undefined)
          context.reportIssue(`${at}/values/${position}`, `not a label value: ${labelError}`)
      }
      switch (operator) {
        case 'In':
        case 'NotIn':
          if (values === undefined || values.length === 0)
            context.reportIssue(at, `${operator} needs at least one of values`)
          return [{ key, operator, values: values ?? [] }]
        case 'Exists':
        case 'DoesNotExist':
          if (values !== undefined && values.length > 0)
            context.reportIssue(`${at}/values`, `${operator} takes no values`)
          return [{ key, operator }]
        default:
          return operator satisfies never
      }
    }),
  }
}
