import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'

/** A repository of a registry: where its API is, and its name there. */
export interface RegistryAddress {
  /** Without a slash at its end. */
  readonly base: string
  readonly host: string
  readonly name: string
  /** As people write it. */
  readonly shown: string
}

/** Where Docker Hub answers, by all its names. */
const DOCKER_HUB = /^(?:(?:index|registry-1)\.)?docker\.io$/

/** @throws CodedError `GDE_SOURCE_PROTOCOL`, `GDE_NOT_PERMITTED` */
export function registryAddress({ fetchUrl, plainHttp, untrusted }: RepositorySpec): RegistryAddress {
  const [, written = '', path = ''] = /^oci:\/\/([^/]+)\/(.+)$/.exec(fetchUrl) ?? []
  if (path === '') throw new CodedError('GDE_SOURCE_PROTOCOL', `${fetchUrl} is not of the form oci://host/path`)
  if (!/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/.test(path))
    throw new CodedError('GDE_SOURCE_PROTOCOL', `${path} is no name of a repository of a registry`)
  if (plainHttp === true && untrusted)
    throw new CodedError('GDE_NOT_PERMITTED', `${fetchUrl} is to be asked by http, which a URL of a resource may not`)
  const isHub = DOCKER_HUB.test(written)
  const host = isHub ? 'registry-1.docker.io' : written
  return {
    base: `${plainHttp === true ? 'http' : 'https'}://${host}`,
    host,
    name: isHub && !path.includes('/') ? `library/${path}` : path,
    shown: `oci://${written}/${path}`,
  }
}
