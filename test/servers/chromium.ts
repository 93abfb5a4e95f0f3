import { join } from 'node:path'
import { type Browser, launch } from 'puppeteer-core'
import { installDebianPackage, skipWithoutPackage } from './debian-package.ts'
import { temporaryFolder } from './folder.ts'

const PROGRAM = '/usr/bin/chromium'

export function installChromium(say: (line: string) => void): void {
  installDebianPackage('chromium', PROGRAM, say)
}

export function skipWithoutChromium(): string | false {
  return skipWithoutPackage('chromium', PROGRAM)
}

export interface Chromium extends AsyncDisposable {
  readonly browser: Browser
}

/** A real browser without a window. It is spoken to by a pipe, resolves no name, and so reaches nothing but 127.0.0.1. */
export async function startChromium(): Promise<Chromium> {
  const folder = await temporaryFolder('chromium')
  const browser = await launch({
    executablePath: PROGRAM,
    pipe: true,
    headless: true,
    userDataDir: join(folder.path, 'profile'),
    args: [
      // Chromium's own sandbox does not start as root.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  }).catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]()
    throw error
  })
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
