import { type Program, waitUntilReady } from './process.ts'

/**
 * The URL of a server of the Prometheus family, which chooses its port itself and logs the address; ready when `path` answers 200.
 */
export async function listeningUrl(program: Program, name: string, path: string): Promise<string> {
  return waitUntilReady(program, name, 60, async () => {
    const address = /"?Listening on"?.*?address=(127\.0\.0\.1:\d+)/.exec(program.output())?.[1]
    if (address === undefined) return undefined
    const answer = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    await answer?.body?.cancel()
    return answer?.status === 200 ? `http://${address}` : undefined
  })
}
