import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const STORY = join(import.meta.dirname, '../../docs/story.md')

/**
 * Holds a block of docs/story.md, the one after `<!-- name -->`, to what a program said. Times, lengths, commits and addresses are others each time.
 * With `UPDATE_GOLDEN=1` it is written there instead.
 */
export async function assertTold(t: TestContext, name: string, said: string): Promise<void> {
  const story = await readFile(STORY, 'utf8')
  const block = new RegExp(`(<!-- ${name} -->\n\`\`\`\\w*\n)([\\s\\S]*?)(\n\`\`\`)`)
  const told = block.exec(story)?.[2]
  if (process.env.UPDATE_GOLDEN === '1') {
    assert.ok(told !== undefined, `docs/story.md has no block ${name}`)
    await writeFile(
      STORY,
      story.replace(block, (_, begin: string, _old: string, end: string) => begin + shown(said) + end),
    )
    t.diagnostic(`docs/story.md has a new ${name}`)
    return
  }
  assert.equal(withoutTimes(told ?? ''), withoutTimes(shown(said)))
}

/** With the addresses of a user, and without blanks at ends of lines. */
function shown(text: string): string {
  return text
    .trim()
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/platform/g, 'https://git.example.com/platform')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'https://drift.example.com')
    .replaceAll(/ +$/gm, '')
}

function withoutTimes(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?( \+0000)?~?/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'COMMIT')
    .replaceAll(/\b\d+ ?(s|min)\b( ago|…)?/g, 'LENGTH')
    .replaceAll(/ +/g, ' ')
}
