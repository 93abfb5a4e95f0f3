import assert from 'node:assert/strict'
import { decodedBytes, readGoUrl } from '../../../src/model/sources/go-url.ts'
import { RepositoryUrl, readRepositoryUrl, withoutUserInfo } from '../../../src/model/sources/repository-url.ts'
import fc from '../../fast-check.ts'
import { nearly } from '../broken-text.ts'
import type { FuzzTarget } from '../target.ts'

const PIECES = [
  '\\',
  '\t',
  '\r',
  '\n',
  '%2e%2e',
  '%2f',
  '%5c',
  '..',
  '/',
  '//',
  '?',
  '#',
  '@',
  ':',
  '[::1]',
  '%',
  '%00',
  '127.1',
  '0x7f000001',
  '。',
  'ﬀ',
  'ß',
  '\u00ad',
  '\u200d',
  '.git',
  '*',
  ' ',
  '\0',
  '::',
  '\ud800',
  'xn--',
  '%E3%80%82',
]
const good = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'HTTPS://', 'file:', 'file:///', 'ssh://', 'git@', 'oci://', ''),
    fc.constantFrom('', 'git@', 'user:hunter2@', 'a@b@'),
    fc.constantFrom('git.example.com', 'GIT.example.com.', '127.0.0.1', '[::1]', 'host', 'xn--bcher-kva.example'),
    fc.constantFrom('', ':443', ':080', ':', ':99999'),
    fc.constantFrom('', '/', '/team/app', '/team/app.git', '/team//app/', '/Team/%41pp', ':team/app'),
  )
  .map((parts) => parts.join(''))

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** What is fetched lies at one place for Go and for WHATWG, or the URL is refused; its address is read as itself. */
export const urls: FuzzTarget = {
  name: 'URLs',
  shortRuns: 2000,
  prepare: async () =>
    fc.property(nearly(good, PIECES), (text) => {
      withoutUserInfo(text)
      const read = readRepositoryUrl(text)
      // What nobody could read is named as it is written.
      if (!(read instanceof RepositoryUrl) || read.transport === 'none') return
      const again = readRepositoryUrl(read.address)
      assert.ok(again instanceof RepositoryUrl, read.address)
      assert.equal(again.address, read.address)
      if (!/^https?$/.test(read.transport)) return
      const [go, web] = [readGoUrl(text), new URL(read.address)]
      assert.ok(go !== undefined)
      assert.equal(web.username + web.password + web.search + web.hash, '')
      assert.equal(`${go.scheme}:`, web.protocol)
      const slashless = (path: string): string => path.replace(/\/+$/, '')
      assert.equal(slashless(decodedBytes(web.pathname)), slashless(go.path))
      assert.ok((web.port || DEFAULT_PORTS[web.protocol]) !== undefined)
    }),
}
