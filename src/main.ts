import { runCommandLine } from './commands/cli/command-line.ts'
import { stopSignal } from './commands/cli/stop-signal.ts'

// A reader that has read enough (`| head`) is no error, and changes nothing of the exit code.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error
  })
const code = await runCommandLine(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  signal: stopSignal(),
})
// What is still in a pipe is written before the end, and nothing that a command forgot keeps the process alive.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
process.exit(code)
