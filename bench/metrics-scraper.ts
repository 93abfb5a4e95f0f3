import { request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** Scrapes from a thread of its own, so that reading the answer does not count as the server's work. One message, one scrape. */
const { url, headers = {} } = workerData
if (parentPort === null) throw new Error('runs as a worker')
const port = parentPort

port.on('message', ({ gzip }: { readonly gzip: boolean }) => {
  const started = performance.now()
  request(url, { headers: { ...headers, ...(gzip && { 'accept-encoding': 'gzip' }) } }, (answer) => {
    let bytes = 0
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    answer.on('end', () => port.postMessage({ ms: performance.now() - started, bytes, status: answer.statusCode }))
  }).end()
})
