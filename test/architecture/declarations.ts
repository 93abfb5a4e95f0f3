import { join } from 'node:path'
import { isFunctionLikeDeclaration, type Node, type SourceFile } from 'typescript/unstable/ast'
import { isIdentifier, isMetaProperty, isPropertyAccessExpression } from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'
import { sourceFiles } from './imports.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Only src and no types of others: for the syntax tree nothing else has to be read. */
const PROJECT = join(import.meta.dirname, 'syntax.tsconfig.json')

/** A name that a file declares: of a variable, parameter, function, type, property or import. */
export interface Declaration {
  /** Relative to src. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly name: string
}

/** A function with a body. */
export interface FunctionSize extends Declaration {
  /** From its first line to its last; the comment before it does not count. */
  readonly lines: number
}

export interface Declarations {
  readonly names: readonly Declaration[]
  readonly functions: readonly FunctionSize[]
}

/** What the files of src declare, by TypeScript's own syntax tree: comments, strings and uses of a name do not count. */
export async function declarationsOfSource(): Promise<Declarations> {
  const files = await sourceFiles()
  const api = new API({ cwd: ROOT })
  try {
    const program = api.updateSnapshot({ openProjects: [PROJECT] }).getProject(PROJECT)?.program
    const found = { names: [], functions: [] }
    for (const file of files) {
      const source = program?.getSourceFile(join(ROOT, 'src', file))
      if (source === undefined) throw new Error(`src/${file} is no part of ${PROJECT}`)
      collect(source, source, file, found)
    }
    return found
  } finally {
    api.close()
  }
}

function collect(
  node: Node,
  source: SourceFile,
  file: string,
  found: { names: Declaration[]; functions: FunctionSize[] },
): void {
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1
  const name = declaredName(node)
  const line = lineOf(node.getStart(source))
  if (name !== undefined) found.names.push({ file, line, name })
  if (isFunctionLikeDeclaration(node))
    found.functions.push({
      file,
      line,
      name: name ?? declaredName(node.parent) ?? 'a function without name',
      lines: lineOf(node.end) - line + 1,
    })
  node.forEachChild((child) => collect(child, source, file, found))
}

function declaredName(node: Node): string | undefined {
  if (isPropertyAccessExpression(node) || isMetaProperty(node)) return undefined
  return 'name' in node && isNode(node.name) && isIdentifier(node.name) ? node.name.text : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value
}
