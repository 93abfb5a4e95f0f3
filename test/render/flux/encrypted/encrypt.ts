/**
 * Makes the encrypted files of this folder anew, with the real sops: `npm run record` builds it. What it decrypts them to is kept beside
 * them; the keys are for these tests alone.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toolPath } from '../../../tools/build.ts'

const HERE = import.meta.dirname
const TYPES: Readonly<Record<string, string>> = { yaml: 'yaml', json: 'json', env: 'dotenv', ini: 'ini', bin: 'binary' }

/** Each value begins with the canary that must never be seen. */
const PLAIN: Readonly<Record<string, string>> = {
  yaml: `# canary-comment at the top
text: canary-text # canary-inline-comment
number: 4242424242
float: 1.50
whole: 3.0
flag: true
empty: ""
nothing: null
when: 2026-01-02T03:04:05Z
lines: |
    canary-line one
    canary-line two
quoted: "canary-yes: 'quoted' # no comment"
# canary-comment before a mapping
nested:
    # canary-comment inside
    list:
        - canary-first # canary-inline
        # canary-between
        - canary-second
        - deep: canary-deep
          other: [canary-flow, 7]
    plain_unencrypted: seen
    none: {}
    nobody: []
# canary-comment at the end
---
second: canary-document
`,
  json: '{"text": "canary-text <&> é", "number": 4242424242, "big": 9007199254740993, "float": 1.5, "flag": false, "nothing": null, "list": ["canary-one", {"deep": "canary-deep"}, [], {}], "empty": "", "seen_unencrypted": [1, "x"]}\n',
  env: '# canary-comment\nTEXT=canary-text\nEQUALS=canary=with=equals\nLINES=canary\\nlines\nEMPTY=\n',
  ini: '; canary-comment\n[first]\n; canary-key-comment\ntext = canary-text\nnumber = 42\n\n[second]\nquoted = "canary quoted"\n',
  bin: 'canary-binary\u0000\u0001 ü\n{"looks": "like JSON"}\n',
}

/** An app for kustomize-controller, with what is encrypted of it; `apply.ts` has the real one apply it. */
const APP: Readonly<
  Record<string, { readonly text: string; readonly rule?: string; readonly for?: 'shares' | 'pgp' }>
> = {
  'kustomization.yaml': {
    text: `resources: [secret.yaml, config.yaml, deployment.yaml, files.yaml, service.yaml, base]
secretGenerator:
  - name: generated
    files: [settings.yaml, renamed.json=blob, data.bin]
    envs: [login.env]
configMapGenerator:
  - name: public
    files: [login.env]
patches:
  - path: patch.yaml
replacements:
  - source: {kind: Secret, name: own, fieldPath: stringData.token}
    targets:
      - select: {kind: Service}
        fieldPaths: [metadata.annotations.copied]
`,
  },
  'secret.yaml': {
    text: 'apiVersion: v1\nkind: Secret\nmetadata:\n    name: own\nstringData:\n    token: canary-t0ken-of-own\n    empty: ""\n',
    rule: 'encrypted_regex: ^(data|stringData)$',
  },
  'config.yaml': {
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n    name: settings\n    annotations:\n        note: canary-n0te\ndata:\n    plain: seen\n    dsn: postgres://app:canary-passw0rd@db\n',
    rule: 'encrypted_regex: ^(dsn|note)$',
    for: 'shares',
  },
  'deployment.yaml': {
    text: `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          args: [--verbose]
          env:
            - {name: PLAIN, value: seen}
`,
  },
  'service.yaml': {
    text: 'apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {copied: none}}\nspec: {ports: [{port: 80}]}\n',
  },
  'patch.yaml': {
    text: `apiVersion: apps/v1
kind: Deployment
metadata:
    name: web
spec:
    revisionHistoryLimit: 3
    template:
        spec:
            containers:
                - name: web
                  args:
                    - --key
                    - canary-arg-1
                  env:
                    - name: TOKEN
                      value: canary-env-1
`,
    rule: 'encrypted_regex: ^(args|value|revisionHistoryLimit)$',
    for: 'pgp',
  },
  'settings.yaml': { text: 'database:\n    # canary-c0mment\n    password: canary-settings-1\n    port: 5432\n' },
  blob: { text: '{"json": "canary-bl0b"}\n' },
  'data.bin': { text: 'canary-binary-1\u0000\u0001\n', for: 'pgp' },
  'login.env': { text: 'USER=canary-user-1\nPASSWORD=canary-l0gin\n' },
  'base/kustomization.yaml': { text: 'secretGenerator: [{name: inner, envs: [inner.env]}]\n' },
  'base/inner.env': { text: 'INNER=canary-inner-1\n', for: 'shares' },
}

interface Variant {
  readonly name: string
  readonly formats: readonly string[]
  readonly args: readonly string[]
  readonly config?: string
}

function recipient(name: string): string {
  return /public key: (\S+)/.exec(readFileSync(join(HERE, 'keys', name), 'utf8'))?.[1] ?? ''
}

function variants(fingerprint: string): readonly Variant[] {
  const [one, two, three] = ['one.agekey', 'two.agekey', 'three.agekey'].map(recipient)
  const all = Object.keys(PLAIN)
  const rule = (more: string) => `creation_rules:\n  - age: ${one}\n    ${more}\n`

  const shares = (threshold: number) =>
    `creation_rules:\n  - shamir_threshold: ${threshold}\n    key_groups:\n${[
      `age: [${one}]`,
      `age: [${two}]`,
      `pgp: ["${fingerprint}"]`,
    ]
      .map((group) => `      - ${group}\n`)
      .join('')}`
  return [
    { name: 'age', formats: all, args: ['--age', one ?? ''] },
    { name: 'pgp', formats: all, args: ['--pgp', fingerprint] },
    { name: 'several', formats: ['yaml', 'env'], args: ['--age', `${three},${two}`, '--pgp', fingerprint] },
    { name: 'shares', formats: all, args: [], config: shares(2) },
    { name: 'all-shares', formats: ['yaml'], args: [], config: shares(3) },
    {
      name: 'regex',
      formats: ['yaml', 'json'],
      args: ['--age', one ?? '', '--encrypted-regex', '^(text|nested|list)$'],
    },
    { name: 'unregex', formats: ['yaml'], args: ['--age', one ?? '', '--unencrypted-regex', '^nested$'] },
    { name: 'suffix', formats: ['yaml'], args: ['--age', one ?? '', '--encrypted-suffix', 'text'] },
    { name: 'comments', formats: ['yaml'], args: [], config: rule('encrypted_comment_regex: before a mapping') },
    { name: 'uncomments', formats: ['yaml'], args: [], config: rule('unencrypted_comment_regex: before a') },
    { name: 'mac', formats: ['yaml'], args: [], config: rule('mac_only_encrypted: true') },
  ]
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Buffer {
  return execFileSync(program, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 24 })
}

const work = mkdtempSync(join(tmpdir(), 'gde-sops-'))
try {
  const gnupg = join(work, 'gnupg')
  mkdirSync(gnupg, { mode: 0o700 })
  const env = {
    GNUPGHOME: gnupg,
    SOPS_AGE_KEY: ['one', 'two', 'three'].map((name) => readFileSync(join(HERE, 'keys', `${name}.agekey`))).join('\n'),
  }
  run('gpg', ['--batch', '--quiet', '--import', join(HERE, 'keys/pgp.asc')], env)
  const listed = run('gpg', ['--list-secret-keys', '--with-colons'], env).toString()
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? ''
  const sops = toolPath('sops')
  for (const folder of ['encrypted', 'decrypted']) {
    rmSync(join(HERE, folder), { recursive: true, force: true })
    mkdirSync(join(HERE, folder))
  }
  for (const { name, formats, args, config } of variants(fingerprint)) {
    const configFile = join(work, 'sops.yaml')
    writeFileSync(configFile, config ?? 'creation_rules: []\n')
    for (const format of formats) {
      const plain = join(work, `plain.${format}`)
      writeFileSync(plain, PLAIN[format] ?? '')
      const type = TYPES[format] ?? ''
      const types = ['--input-type', type, '--output-type', type]
      const use = config === undefined ? [] : ['--config', configFile]
      const encrypted = run(sops, [...use, 'encrypt', ...args, ...types, plain], env)
      writeFileSync(join(HERE, 'encrypted', `${name}.${format}`), encrypted)
      const decrypted = run(
        sops,
        ['decrypt', '--ignore-mac', ...types, join(HERE, 'encrypted', `${name}.${format}`)],
        env,
      )
      writeFileSync(join(HERE, 'decrypted', `${name}.${format}`), decrypted)
    }
  }
  const one = recipient('one.agekey')
  const groups = { pgp: `pgp: "${fingerprint}"`, shares: '' }
  const encryptApp = (file: string, text: string, rule: string, use?: 'shares' | 'pgp'): Buffer => {
    const plain = join(work, `app-${file.replaceAll('/', '-')}`)
    writeFileSync(plain, text)
    const configFile = join(work, 'sops.yaml')
    const [shares = ''] = variants(fingerprint).flatMap(({ name, config = '' }) => (name === 'shares' ? config : []))
    const own = `creation_rules:\n  - ${use === 'pgp' ? groups.pgp : `age: ${one}`}\n`
    writeFileSync(configFile, `${use === 'shares' ? shares : own}${rule === '' ? '' : `    ${rule}\n`}`)
    const extension = file.slice(file.lastIndexOf('.') + 1)
    const type = TYPES[extension] ?? 'binary'
    return run(sops, ['--config', configFile, 'encrypt', '--input-type', type, '--output-type', type, plain], env)
  }
  rmSync(join(HERE, 'app'), { recursive: true, force: true })
  mkdirSync(join(HERE, 'app/base'), { recursive: true })
  const plainFiles = ['kustomization.yaml', 'base/kustomization.yaml', 'deployment.yaml', 'service.yaml']
  for (const [file, { text, rule = '', for: use }] of Object.entries(APP))
    writeFileSync(join(HERE, 'app', file), plainFiles.includes(file) ? text : encryptApp(file, text, rule, use))
  const content = readFileSync(join(HERE, 'encrypted/age.json')).toString('base64')
  const files = `apiVersion: v1\nkind: Secret\nmetadata: {name: files}\ndata: {app.json: ${content}}\n`
  writeFileSync(join(HERE, 'app/files.yaml'), files)
} finally {
  rmSync(work, { recursive: true, force: true })
}
