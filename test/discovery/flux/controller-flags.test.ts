import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controllerFlags, type FluxController } from '../../../src/discovery/flux/controller-flags.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'

function deployment(image: string, args: readonly string[] = []): KubernetesObject {
  const containers = [{ name: 'manager', image, args }]
  return asKubernetesObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'controller', namespace: 'flux-system' },
    spec: { template: { spec: { containers } } },
  })
}

const KUSTOMIZE = 'ghcr.io/fluxcd/kustomize-controller:v1.8.0'
const HELM = 'registry.example.com:5000/mirror/helm-controller@sha256:00'
const NO_REFERENCES = '--no-cross-namespace-refs'

const permits = (controller: FluxController, ...deployments: readonly KubernetesObject[]) =>
  controllerFlags(controller, deployments).crossNamespaceReferences

test('each controller has its own flags', () => {
  const both = [deployment(KUSTOMIZE, [`${NO_REFERENCES}=true`]), deployment(HELM)]
  assert.equal(permits('kustomize-controller', ...both), false)
  assert.equal(permits('helm-controller', ...both), true)
})

test('without a Deployment of it, what a controller permits is not known', () => {
  assert.equal(permits('helm-controller'), undefined)
  assert.equal(permits('helm-controller', deployment('ghcr.io/fluxcd/helm-controller-tools:v1')), undefined)
})

test('what one of several forbids is forbidden', () => {
  assert.equal(permits('kustomize-controller', deployment(KUSTOMIZE), deployment(KUSTOMIZE, [NO_REFERENCES])), false)
})

test('flags are read as Go reads them', () => {
  for (const [args, expected] of [
    [[NO_REFERENCES], false],
    [[`${NO_REFERENCES}=1`], false],
    [[`${NO_REFERENCES}=false`], true],
    [[NO_REFERENCES, `${NO_REFERENCES}=F`], true],
    [[`${NO_REFERENCES}-not`], true],
  ] as const)
    assert.equal(permits('kustomize-controller', deployment(KUSTOMIZE, args)), expected, args.join(' '))
})

test('substitution is strict by the feature gate, else by the version', () => {
  const isStrict = (image: string, ...args: readonly string[]) =>
    controllerFlags('kustomize-controller', [deployment(image, args)]).strictSubstitution
  const gate = 'StrictPostBuildSubstitutions'
  assert.equal(isStrict(KUSTOMIZE), false)
  assert.equal(isStrict('ghcr.io/fluxcd/kustomize-controller:v1.9.0'), true)
  assert.equal(isStrict('ghcr.io/fluxcd/kustomize-controller:v1.9.0', `--feature-gates=A=true,${gate}=false`), false)
  assert.equal(isStrict(KUSTOMIZE, '--feature-gates', `${gate}=true`), true)
  assert.equal(controllerFlags('kustomize-controller', []).strictSubstitution, false)
})

test('the account that stands for those that are not named is the last that the flag gives', () => {
  const account = (...args: readonly string[]) =>
    controllerFlags('kustomize-controller', [deployment(KUSTOMIZE, args)]).defaultServiceAccount
  assert.equal(account(), undefined)
  assert.equal(account('--default-service-account='), undefined)
  assert.equal(account('--default-service-account=one', '--default-service-account', 'two'), 'two')
  assert.equal(account('--default-service-account-of=one'), undefined)
})

test('bases that lie elsewhere are what kustomize-controller lets be named', () => {
  const lets = (...args: readonly string[]) =>
    controllerFlags('kustomize-controller', [deployment(KUSTOMIZE, args)]).remoteBases
  assert.deepEqual(
    [lets(), lets('--no-remote-bases'), lets('--no-remote-bases=false'), lets('--no-remote-bases=true')],
    [true, false, true, false],
  )
})
