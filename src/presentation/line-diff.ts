/** One line of a unified diff. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Beyond this many cells of the comparison table the changed middle is shown as replaced: its cost is the product of the lengths. */
const MAX_CELLS = 1_000_000

/** The shortest way from one text to the other, line by line; `-` is only in `before`, `+` only in `after`. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  return [
    ...toDiffLines(' ', before.slice(0, start)),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...toDiffLines(' ', before.slice(before.length - end)),
  ]
}

function toDiffLines(sign: DiffLine['sign'], texts: readonly string[]): readonly DiffLine[] {
  return texts.map((text) => ({ sign, text }))
}

function diffMiddle(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  if (before.length === 0 || after.length === 0 || before.length * after.length > MAX_CELLS)
    return [...toDiffLines('-', before), ...toDiffLines('+', after)]
  const common = commonLengths(before, after)
  const width = after.length + 1
  const found: DiffLine[] = []
  let [row, column] = [0, 0]
  while (row < before.length && column < after.length) {
    const [left, right] = [before[row] ?? '', after[column] ?? '']
    if (left === right) {
      found.push({ sign: ' ', text: left })
      row += 1
      column += 1
    } else if ((common[(row + 1) * width + column] ?? 0) >= (common[row * width + column + 1] ?? 0)) {
      found.push({ sign: '-', text: left })
      row += 1
    } else {
      found.push({ sign: '+', text: right })
      column += 1
    }
  }
  return [...found, ...toDiffLines('-', before.slice(row)), ...toDiffLines('+', after.slice(column))]
}

/** Length of the longest common subsequence of what follows each pair of positions. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1
  const common = new Uint32Array((before.length + 1) * width)
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--)
      common[row * width + column] =
        before[row] === after[column]
          ? (common[(row + 1) * width + column + 1] ?? 0) + 1
          : Math.max(common[(row + 1) * width + column] ?? 0, common[row * width + column + 1] ?? 0)
  return common
}

/** The lines with at most `context` unchanged ones around each change; what is left out is a line `…`. */
export function withContext(all: readonly DiffLine[], context: number): readonly DiffLine[] {
  const near = new Uint8Array(all.length)
  for (const [index, { sign }] of all.entries())
    if (sign !== ' ') near.fill(1, Math.max(0, index - context), index + context + 1)
  return all.flatMap((line, index) => {
    if (near[index] === 1) return [line]
    return near[index - 1] === 1 || index === 0 ? [{ sign: ' ' as const, text: '…' }] : []
  })
}
