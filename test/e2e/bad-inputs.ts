import type { GitServerBehaviour } from '../servers/git-http-backend.ts'
import { type Answer, sendStatus } from '../servers/scripted-api-server.ts'

const CHART = { 'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n' }
/** A chart with this template. */
export const template = (text: string) => ({ ...CHART, 'templates/x.yaml': text })
const ALLOCATES = '{{ $s := "x" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}'
const WRITES_A_GIGABYTE = '{{ $s := repeat 1000000 "x" }}{{ range until 1000 }}# {{ $s }}\n{{ end }}'
const LOOPS =
  '{{ define "again" }}{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}{{ end }}{{ include "again" . }}'

/** Nine levels of nine: 387 million x when written out. */
const ALIAS_BOMB = [...'abcdefghi']
  .map((key, index, keys) => `${key}: &${key} [${Array(9).fill(index === 0 ? 'x' : `*${keys[index - 1]}`)}]\n`)
  .join('')

export interface BadSource {
  readonly files: Readonly<Record<string, string | { readonly symlink: string }>>
  /** What the config says of the source besides. */
  readonly source?: Readonly<Record<string, unknown>>
  readonly reason: RegExp
  /** File and line that the page names. */
  readonly at?: string
}

const MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n'

/** Folders of the good repository whose app cannot be rendered. */
export const BAD_SOURCES: Readonly<Record<string, BadSource>> = {
  loops: { files: template(LOOPS), reason: /^GDE_TIMEOUT$/ },
  // On a busy machine the time may be up first.
  allocates: { files: template(ALLOCATES), reason: /^GDE_(?:RENDER_CRASHED|TIMEOUT)$/ },
  gigabyte: { files: template(WRITES_A_GIGABYTE), reason: /^GDE_(?:TOO_LARGE|RENDER_CRASHED|TIMEOUT)$/ },
  'alias-bomb': {
    files: { 'bomb.yaml': MANIFEST + ALIAS_BOMB },
    reason: /^GDE_TOO_LARGE$/,
    at: 'alias-bomb/bomb.yaml',
  },
  'ten-megabytes': {
    files: { 'x.yaml': `${MANIFEST}data: { x: ${'x'.repeat(10_000_000)} }\n` },
    reason: /^GDE_TOO_LARGE$/,
    at: 'ten-megabytes/x.yaml:1',
  },
  'nul-byte': {
    files: { 'x.yaml': `${MANIFEST}data: { x: "\0" }\n` },
    reason: /^GDE_RENDER_YAML$/,
    at: 'nul-byte/x.yaml:4',
  },
  tab: { files: { 'x.yaml': `${MANIFEST}data:\n\tx: y\n` }, reason: /^GDE_RENDER_YAML$/, at: 'tab/x.yaml:5' },
  'no-json': { files: { 'x.json': '{\n"kind":,}' }, reason: /^GDE_RENDER_YAML$/, at: 'no-json/x.json:2:8' },
  'no-path': { files: {}, reason: /^GDE_GIT_PATH$/ },
  'no-branch': { files: {}, source: { revision: 'nowhere' }, reason: /^GDE_GIT_REVISION$/ },
  'values-outside': {
    files: template('{{ fail "rendered" }}'),
    source: { helm: { valueFiles: ['../../../../etc/passwd'] } },
    reason: /^GDE_RENDER_OUTSIDE$/,
  },
  'link-outside': {
    files: { 'x.yaml': { symlink: '../../../../etc/passwd' } },
    reason: /^GDE_RENDER_OUTSIDE$/,
    at: 'link-outside/x.yaml',
  },
  'link-to-itself': {
    files: { 'x.yaml': { symlink: 'x.yaml' } },
    reason: /^GDE_RENDER_SYMLINK$/,
    at: 'link-to-itself/x.yaml',
  },
  'remote-base': {
    // It may be fetched, but not from this host.
    files: { 'kustomization.yaml': 'resources: ["https://127.0.0.1/example/base.git?ref=main"]\n' },
    reason: /^GDE_NOT_PERMITTED$/,
    at: 'remote-base/kustomization.yaml',
  },
}

export const BAD_GIT: Readonly<Record<string, { readonly behaviour: GitServerBehaviour; readonly reason: RegExp }>> = {
  'git-hangs': { behaviour: { type: 'hang' }, reason: /^GDE_TIMEOUT$/ },
  'git-redirects': {
    behaviour: { type: 'redirect', to: 'http://169.254.169.254/latest' },
    reason: /^GDE_GIT_REDIRECT$/,
  },
  'git-html': { behaviour: { type: 'html' }, reason: /^GDE_GIT_PROTOCOL$/ },
  'git-500': { behaviour: { type: 'status', status: 500 }, reason: /^GDE_GIT_UNREACHABLE$/ },
  'git-401': { behaviour: { type: 'status', status: 401 }, reason: /^GDE_GIT_AUTH$/ },
  'git-cut': { behaviour: { type: 'cut', bytes: 100 }, reason: /^GDE_GIT_(?:PROTOCOL|UNREACHABLE)$/ },
}

const refuse =
  (code: number): Answer =>
  (_, response) =>
    sendStatus(response, code, 'no')
const hang: Answer = () => undefined
const dieInTheList: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write(
    '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":',
    () => response.destroy(),
  )
}

/** What an API server does with every request for discovery, or with lists of ConfigMaps alone. */
export const BAD_CLUSTERS: Readonly<
  Record<string, { readonly paths: readonly string[]; readonly answer: Answer; readonly reason: RegExp }>
> = {
  'api-hangs': {
    paths: ['/api', '/apis', '/version'],
    answer: hang,
    reason: /^GDE_(?:CLUSTER_UNREACHABLE|TIMEOUT|NOT_EVALUATED)$/,
  },
  'api-401': { paths: ['/api', '/apis', '/version'], answer: refuse(401), reason: /^GDE_CLUSTER_AUTH$/ },
  'api-403': { paths: ['/api/v1/configmaps'], answer: refuse(403), reason: /^GDE_CLUSTER_FORBIDDEN$/ },
  'api-429': { paths: ['/api', '/apis', '/version'], answer: refuse(429), reason: /^GDE_CLUSTER_UNREACHABLE$/ },
  'api-500': { paths: ['/api', '/apis', '/version'], answer: refuse(500), reason: /^GDE_CLUSTER_UNREACHABLE$/ },
  'api-dies-in-a-list': {
    paths: ['/api/v1/configmaps'],
    answer: dieInTheList,
    reason: /^GDE_CLUSTER_(?:UNREACHABLE|PROTOCOL)$/,
  },
}
