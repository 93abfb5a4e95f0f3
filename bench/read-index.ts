/** Finds a chart in a Helm repository from nothing, in a process of its own, whose memory sources.bench.ts looks at. */
import { openGit } from '../src/git/git-service.ts'
import { createArchiveOpener } from '../src/sources/source-types.ts'
import { SOURCE, sourceSpec } from '../test/sources/source-under-test.ts'

const [url = '', stateDirectory = ''] = process.argv.slice(2)
const git = openGit({ stateDirectory, now: Date.now, random: () => 0.5, openArchives: createArchiveOpener({}) })
git.configure([sourceSpec('helm', url)])
await git.resolve(SOURCE, 'web@>=1.0.0', AbortSignal.timeout(60_000))
await git.close()
