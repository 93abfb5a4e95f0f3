import { parser } from '@prometheus-io/lezer-promql'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** Labels that the series of an expression may carry; undefined for a scalar. */
type Labels = ReadonlySet<string> | undefined

/** What is known of metrics and recording rules by name. @returns undefined for a name that nothing has */
export type LabelsOf = (name: string) => readonly string[] | undefined

/** A read of a range: which metric, how long. */
export interface RangeRead {
  readonly name: string
  readonly duration: string
}

export interface LabelFlow {
  readonly labels: Labels
  /** Every metric that is read. */
  readonly reads: readonly string[]
  readonly ranges: readonly RangeRead[]
}

/**
 * Follows labels through an expression as Prometheus does.
 * @throws Error for what does not parse, for metrics and labels that do not exist, and for series that are joined without `on`
 */
export function labelFlow(expression: string, labelsOf: LabelsOf): LabelFlow {
  const reads: string[] = []
  const ranges: RangeRead[] = []
  const text = (node: SyntaxNode): string => expression.slice(node.from, node.to)

  function children(node: SyntaxNode): readonly SyntaxNode[] {
    const found: SyntaxNode[] = []
    for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
    return found
  }

  function grouping(node: SyntaxNode | undefined): readonly string[] {
    if (node === undefined) return []
    return children(node).map(text)
  }

  function fail(node: SyntaxNode, why: string): never {
    throw new Error(`${why}: ${text(node)} in ${expression}`)
  }

  function selector(node: SyntaxNode): Labels {
    const matchers = children(node).flatMap((part) => (part.name === 'LabelMatchers' ? children(part) : []))
    const named = matchers.map((matcher) => {
      const [label, , value] = children(matcher)
      if (label === undefined || value === undefined) return fail(matcher, 'a matcher without value')
      return { label: text(label), value: text(value).slice(1, -1) }
    })
    const identifier = node.getChild('Identifier')
    const names =
      identifier === null
        ? (named.find(({ label }) => label === '__name__')?.value.split('|') ?? [])
        : [text(identifier)]
    const all = new Set<string>()
    for (const name of names) {
      const labels = labelsOf(name) ?? fail(node, `there is no metric ${name}`)
      reads.push(name)
      for (const label of labels) all.add(label)
      for (const { label } of named)
        if (label !== '__name__' && !labels.includes(label)) fail(node, `${name} has no label ${label}`)
    }
    return all
  }

  function aggregate(node: SyntaxNode): Labels {
    const modifier = node.getChild('AggregateModifier')
    const names = grouping(modifier?.getChild('GroupingLabels') ?? undefined)
    const operation = node.getChild('AggregateOp')
    const inner = last(argumentsOf(node).map(flow))
    if (inner === undefined) return fail(node, 'an aggregation of nothing')
    if (modifier?.getChild('Without')) return new Set([...inner].filter((label) => !names.includes(label)))
    for (const name of names) if (!inner.has(name)) fail(node, `there is no label ${name} to group by`)
    return operation !== null && /^(topk|bottomk)$/.test(text(operation)) ? inner : new Set(names)
  }

  function argumentsOf(node: SyntaxNode): readonly SyntaxNode[] {
    const body = node.getChild('FunctionCallBody')
    return body === null ? [] : children(body)
  }

  function call(node: SyntaxNode): Labels {
    const [identifier] = children(node)
    const name = identifier === undefined ? '' : text(identifier)
    const args = argumentsOf(node)
    const inner = args.map(flow)
    if (name === 'time') return undefined
    if (name === 'absent') return new Set()
    if (name === 'histogram_quantile') return new Set([...(inner[1] ?? [])].filter((label) => label !== 'le'))
    if (name !== 'label_replace') return inner[0]
    const label = args[1] === undefined ? '' : text(args[1]).slice(1, -1)
    return new Set([...(inner[0] ?? []), label])
  }

  function binary(node: SyntaxNode): Labels {
    const parts = children(node)
    const [left, right] = [parts[0], parts.at(-1)]
    if (left === undefined || right === undefined) return fail(node, 'half an operation')
    const [a, b] = [flow(left), flow(right)]
    if (a === undefined || b === undefined) return a ?? b
    const clause = node.getChild('MatchingModifierClause')
    const [on, group] = clause?.getChildren('GroupingLabels') ?? []
    const isOn = clause?.getChild('On') != null
    if (isOn)
      for (const label of grouping(on))
        if (!a.has(label) || !b.has(label)) fail(node, `there is no label ${label} to join on`)
    if (node.getChild('Or')) return new Set([...a, ...b])
    const isSame = a.size === b.size && [...a].every((label) => b.has(label))
    if (!isOn && !isSame) fail(node, 'series with different labels are joined without `on`')
    if (node.getChild('And') || node.getChild('Unless')) return a
    if (clause?.getChild('GroupLeft')) return new Set([...a, ...grouping(group)])
    return isOn ? new Set(grouping(on)) : a
  }

  function flow(node: SyntaxNode): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return selector(node)
      case 'MatrixSelector': {
        const [inner, duration] = children(node)
        if (inner === undefined || duration === undefined) return fail(node, 'a range without length')
        const before = reads.length
        const labels = flow(inner)
        for (const name of reads.slice(before)) ranges.push({ name, duration: text(duration) })
        return labels
      }
      case 'AggregateExpr':
        return aggregate(node)
      case 'FunctionCall':
        return call(node)
      case 'BinaryExpr':
        return binary(node)
      case 'OffsetExpr':
      case 'ParenExpr': {
        const [inner] = children(node)
        return inner === undefined ? fail(node, 'nothing in brackets') : flow(inner)
      }
      case 'NumberDurationLiteral':
      case 'StringLiteral':
        return undefined
      default:
        return fail(node, `${node.name} is not followed`)
    }
  }

  const top = parser.parse(expression).topNode.firstChild
  if (top === null) throw new Error(`nothing to parse: ${expression}`)
  return { labels: flow(top), reads, ranges }
}

function last(labels: readonly Labels[]): Labels {
  return labels.at(-1)
}
