import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { builtProgram, runProgram } from '../commands/program.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { createSshKey, skipWithoutSshd, startSshd } from '../servers/sshd.ts'

const PASSPHRASE = 'correct horse battery'

before(builtProgram)

test('the program as it is shipped reads a repository over SSH, and shows no secret of it', {
  skip: skipWithoutSshd(),
}, async () => {
  await using folder = await temporaryFolder('e2e-ssh')
  const at = (name: string) => join(folder.path, name)
  const work = await createWorkingRepository(at('repository'))
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { key: 'value' } }
  await work.commit({ 'app/one.json': JSON.stringify(object) })
  const [key, hostKey] = [await createSshKey(at('id'), { passphrase: PASSPHRASE }), await createSshKey(at('host'))]
  await using server = await startSshd({ folder: at('sshd'), authorizedKeys: [key.publicKey], hostKeys: [hostKey] })
  await mkdir(at('snapshot'))
  await writeFile(at('passphrase'), `${PASSPHRASE}\n`)
  await writeFile(at('known_hosts'), server.knownHosts)
  await writeFile(
    at('config.yaml'),
    JSON.stringify({
      stateDirectory: at('state'),
      credentials: [
        {
          match: server.url('/'),
          privateKeyFile: key.path,
          passphraseFile: at('passphrase'),
          knownHostsFile: at('known_hosts'),
        },
      ],
      clusters: [{ name: 'test', snapshot: { path: at('snapshot'), kinds: ['*'] } }],
      apps: [
        {
          name: 'shop',
          source: { repository: server.url(work.path), revision: 'main', path: 'app' },
          destination: { cluster: 'test', namespace: 'shop' },
        },
      ],
    }),
  )
  const check = () => runProgram('check', '--config', at('config.yaml'), '--log-level', 'debug')
  const known = await check()
  assert.match(known.out, /shop +test +OutOfSync +git +1 missing/, known.err)
  await writeFile(at('passphrase'), 'wrong-passphrase\n')
  const closed = await check()
  assert.match(closed.out, /GDE_GIT_AUTH/)
  await writeFile(at('passphrase'), `${PASSPHRASE}\n`)
  await writeFile(at('known_hosts'), '')
  const unknown = await check()
  assert.match(unknown.out, /GDE_GIT_HOST_KEY/)
  assert.ok(unknown.out.includes(hostKey.fingerprint), unknown.out)
  const shown = [known, closed, unknown].map(({ out, err }) => out + err).join('')
  for (const secret of [PASSPHRASE, 'wrong-passphrase', key.privateKey.split('\n')[2] ?? ''])
    assert.ok(secret !== '' && !shown.includes(secret), 'a secret is shown')
})
