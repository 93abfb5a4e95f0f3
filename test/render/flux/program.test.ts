import assert from 'node:assert/strict'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, before, beforeEach, test } from 'node:test'
import { parseJson, printJson } from '../../../src/kubernetes/serialization/json.ts'
import { printYaml } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts'
import { builtProgram, runProgram } from '../../commands/program.ts'
import { type TestRepository, testRepository } from '../test-repository.ts'
import { compact, type FluxCase, gitRepositoryFor, inCaseOrder, kustomizationFor, readFluxCases } from './case.ts'

/**
 * A program for each, so not all of them: those that take more than a Kustomization and a repository, and one of each other kind.
 * The rest differs only in what the sandbox makes of it, which cases.test.ts covers.
 */
const OTHERS =
  /generate-nested|path-not-found|subst-yaml11|subst-breaks-yaml|owner-labels|production-apps|production-infra-configs/
const cases = (await readFluxCases()).filter(
  (one) => OTHERS.test(one.name) || one.strict || one.gitRepository !== undefined || one.referenceFile !== undefined,
)
let repository: TestRepository
before(builtProgram)
beforeEach(async () => {
  repository = await testRepository()
})
afterEach(() => repository.remove())

/** A snapshot of the control cluster and the config over it. */
async function writeFixture(one: FluxCase): Promise<string> {
  const snapshot = join(repository.folder, '.git', 'snapshot')
  await mkdir(snapshot)
  await writeFile(join(snapshot, 'kustomization.yaml'), printYaml(kustomizationFor(one)))
  await writeFile(join(snapshot, 'source.yaml'), printYaml(gitRepositoryFor(one)))
  if (one.referenceFile !== undefined) await copyFile(one.referenceFile, join(snapshot, 'references.yaml'))
  if (one.strict) await writeFile(join(snapshot, 'controller.yaml'), printYaml(strictController()))
  const config = join(repository.folder, '.git', 'config.yaml')
  const settings = {
    repositories: [{ url: 'https://git.example.com/fleet.git', fetchFrom: `file://${repository.folder}` }],
    clusters: [{ name: 'control', snapshot: { path: snapshot } }],
    discovery: { flux: [{ cluster: 'control' }] },
  }
  await writeFile(config, printJson(settings))
  return config
}

/** Shows that substitution is strict: the flags of the controller that runs there. */
function strictController(): JsonObject {
  const labels = { 'app.kubernetes.io/component': 'kustomize-controller' }
  const container = {
    name: 'manager',
    image: 'ghcr.io/fluxcd/kustomize-controller:v1.8.0',
    args: ['--feature-gates=StrictPostBuildSubstitutions=true'],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'kustomize-controller', namespace: 'flux-system', labels },
    spec: { template: { spec: { containers: [container] } } },
  }
}

for (const one of cases) {
  test(one.name, async () => {
    await repository.copy(one.source, '.')
    await repository.commit()
    const config = await writeFixture(one)
    const name = one.kustomization.metadata.name
    const { code, out, err } = await runProgram(
      ...['render', '--config', config, '--controller', 'flux', '--kind', 'Kustomization'],
      ...['--app', name, '--output', 'json', '--show-secrets'],
    )
    if (one.error) {
      assert.equal(code, 2, out)
      assert.match(err, /\(GDE_[A-Z_]+\)/)
      return
    }
    assert.equal(err, '')
    assert.equal(code, 0)
    const printed = parseJson(out)
    const objects = isJsonObject(printed) && Array.isArray(printed.objects) ? printed.objects.filter(isJsonObject) : []
    assert.deepEqual(inCaseOrder(objects.map(asEntry)), inCaseOrder(one.objects.map(asEntry)))
  })
}

function asEntry({ action, object }: JsonObject) {
  const shown = compact(object ?? null)
  assert.ok(isJsonObject(shown))
  return { action: String(action), object: shown }
}
