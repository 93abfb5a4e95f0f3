import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import { objectsOf } from '../deploy/granted-fleet.ts'
import type { KubeApiServer, Rule } from '../servers/kube-apiserver.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')

export interface Granted {
  /** With `deploy/components/secrets`. */
  readonly secrets?: true
  /** Definitions of custom resources, which are named as in `deploy/components/custom-resources`. */
  readonly definitions?: readonly JsonObject[]
}

/** The path of a kubeconfig whose token has exactly the rights that deploy/ gives, so that what needs more fails here first. */
export async function deployedReader(server: KubeApiServer, granted: Granted = {}): Promise<string> {
  const clusterRules = [
    ...(await rulesOf('base/cluster-role.yaml')),
    ...(granted.secrets ? await rulesOf('components/secrets/cluster-role.yaml') : []),
    ...(granted.definitions ?? []).map(ruleOf),
  ]
  return (await server.addUser('exporter', { clusterRules })).kubeconfig
}

async function rulesOf(file: string): Promise<readonly Rule[]> {
  const objects = objectsOf(await readFile(join(DEPLOY, file), 'utf8'))
  const role = objects.find(({ kind }) => kind === 'ClusterRole')
  if (role === undefined || !Array.isArray(role.rules)) throw new Error(`${file} has no ClusterRole`)
  return JSON.parse(JSON.stringify(role.rules))
}

function ruleOf({ spec }: JsonObject): Rule {
  const { group, names } = isJsonObject(spec) ? spec : {}
  if (typeof group !== 'string' || !isJsonObject(names) || typeof names.plural !== 'string')
    throw new Error('no definition of a custom resource')
  return { apiGroups: [group], resources: [names.plural], verbs: ['get', 'list', 'watch'] }
}
