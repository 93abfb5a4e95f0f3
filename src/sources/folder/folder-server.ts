import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../git/git-failure.ts'
import { parseVersion } from '../../git/revisions/semver.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { readChartRevision, readOciRevision } from '../../model/sources/remote-reference.ts'
import { linearPattern } from '../../text/linear-pattern.ts'
import type { ArchiveServer, FetchedArchive, FoundArchive, Resolution, ServerContext } from '../archive-server.ts'
import { bestVersions, missingVersion } from '../choose-version.ts'
import { digestOf } from '../http/download.ts'

const ENDING = '.tgz'

/** What is asked for: archives of this name, of the version that is chosen of all that there are. */
interface Wanted {
  readonly name: string
  choose(versions: readonly string[]): string
}

/**
 * Archives in a folder of the config, as `helm pull` and `helm package` name them: `<chart>-<version>.tgz`. It stands for a Helm repository, or for
 * one repository of a registry, whose tags are the versions then. Nothing is asked of any server.
 * @param folder absolute
 */
export function createFolderServer(spec: RepositorySpec, folder: string, { limits }: ServerContext): ArchiveServer {
  const find = async (target: string, names: readonly string[]): Promise<FoundArchive> => {
    const { name, choose } = spec.type === 'helm' ? wantedChart(target, folder) : wantedTag(target, spec, folder)
    const versions = versionsOf(name, names)
    const version = choose(versions)
    const file = `${name}-${version.replaceAll('_', '+')}${ENDING}`
    const place = names.includes(file) ? file : `${name}-${version}${ENDING}`
    const digest = digestOf(await readArchive(join(folder, place), limits.archiveBytes))
    return { key: digest, version, digest, commit: spec.type === 'helm' ? 'version' : 'digest', url: place }
  }
  return {
    host: '',
    asksWithoutTargets: false,
    look: async (targets) => {
      const names = await listed(folder)
      const resolutions = new Map<string, Resolution>()
      for (const target of targets) resolutions.set(target, await resolution(() => find(target, names)))
      return resolutions
    },
    fetch: async ({ digest, url: place = '' }, file): Promise<FetchedArchive> => {
      const path = join(folder, place)
      const bytes = await readArchive(path, limits.archiveBytes)
      if (digestOf(bytes) !== digest) throw new CodedError('GDE_SOURCE_DIGEST', `${path} changed since it was found`)
      await writeFile(file, bytes)
      return { type: 'tar', reader: spec.oci?.reader ?? 'chart', compressed: true, digest }
    },
    pauseMs: 0,
    close: async () => undefined,
  }
}

function wantedChart(target: string, folder: string): Wanted {
  const { chart, version } = readChartRevision(target)
  const what = `the folder ${folder}, of the chart ${chart},`
  return { name: chart, choose: (versions) => versions[bestVersions(version, versions, what)[0] ?? -1] ?? '' }
}

function wantedTag(target: string, spec: RepositorySpec, folder: string): Wanted {
  const name = spec.fetchUrl.slice(spec.fetchUrl.lastIndexOf('/') + 1)
  const what = `the folder ${folder}, of the artifact ${name},`
  const best = (range: string, versions: readonly string[]) =>
    versions[bestVersions(range, versions, what)[0] ?? -1] ?? ''
  const reference = readOciRevision(target)
  switch (reference.type) {
    case 'digest':
      throw new CodedError('GDE_SOURCE_VERSION', `${what} nothing is known by its digest in the registry`)
    case 'tag':
      return { name, choose: (versions) => exactly(reference.tag, versions, what) }
    case 'version':
      return { name, choose: (versions) => best(reference.version, versions) }
    case 'semver': {
      const pattern = reference.filter === '' ? undefined : linearPattern(reference.filter)
      if (reference.filter !== '' && pattern === undefined)
        throw new CodedError('GDE_SOURCE_VERSION', `the filter "${reference.filter}" is no regular expression`)
      return {
        name,
        choose: (versions) =>
          best(
            reference.range,
            versions.filter((one) => pattern?.test(one) ?? true),
          ),
      }
    }
    default:
      return reference satisfies never
  }
}

/** Tags cannot hold the `+` of a version: they have `_` there. */
function exactly(tag: string, versions: readonly string[], what: string): string {
  const found = versions.find((one) => one === tag || one.replaceAll('+', '_') === tag)
  if (found === undefined) throw missingVersion(`tag "${tag}"`, versions, what)
  return found
}

/** What follows the name, if that is a version, or a tag that no other name could end in. */
function versionsOf(name: string, files: readonly string[]): readonly string[] {
  const start = `${name}-`
  return files
    .filter((file) => file.startsWith(start) && file.endsWith(ENDING))
    .map((file) => file.slice(start.length, -ENDING.length))
    .filter((version) => parseVersion(version) !== undefined || /^\w+$/.test(version))
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    throw new CodedError('GDE_SOURCE_NOT_FOUND', `the folder ${folder} cannot be read: ${errorCode(error)}`)
  }
}

async function readArchive(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size <= maxBytes) return await readFile(path)
  } catch (error) {
    throw new CodedError('GDE_SOURCE_NOT_FOUND', `${path} cannot be read: ${errorCode(error)}`)
  }
  throw new CodedError('GDE_TOO_LARGE', `${path} has more than ${maxBytes} bytes`)
}

async function resolution(find: () => Promise<FoundArchive>): Promise<Resolution> {
  try {
    return { found: await find() }
  } catch (failure) {
    if (failure instanceof CodedError) return { failure }
    throw failure
  }
}
