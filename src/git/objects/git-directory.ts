import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CodedError } from '../../model/failure.ts'
import { errorCode } from '../git-failure.ts'

/** The folder of objects of a Git directory; a worktree's lie in the repository that it belongs to. */
export function objectsFolder(gitDirectory: string): string {
  return join(commonDirectory(gitDirectory), 'objects')
}

/** Where refs and objects lie: for a linked worktree, what its `commondir` file names. */
export function commonDirectory(gitDirectory: string): string {
  try {
    return resolve(gitDirectory, readFileSync(join(gitDirectory, 'commondir'), 'utf8').trim())
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return gitDirectory
    throw error
  }
}

/** @throws CodedError `GDE_GIT_UNSUPPORTED` for repositories whose objects or refs lie in another form */
export function refuseUnsupported(gitDirectory: string): void {
  const file = join(commonDirectory(gitDirectory), 'config')
  const section = isFile(file) ? (/^\[extensions\]([^[]*)/im.exec(readFileSync(file, 'utf8'))?.[1] ?? '') : ''
  const format = /^\s*objectformat\s*=\s*(\S+)/im.exec(section)?.[1] ?? 'sha1'
  if (format !== 'sha1')
    throw new CodedError('GDE_GIT_UNSUPPORTED', `the repository names its objects by ${format}`, { file })
  const storage = /^\s*refstorage\s*=\s*(\S+)/im.exec(section)?.[1] ?? 'files'
  if (storage !== 'files')
    throw new CodedError('GDE_GIT_UNSUPPORTED', `the repository keeps its refs in ${storage}`, { file })
}

/**
 * The Git directory of a work tree, a linked worktree, a submodule or a bare repository.
 * @throws CodedError `GDE_GIT_UNREACHABLE` when there is none
 */
export function findGitDirectory(fetchUrl: string): string {
  const path = fileURLToPath(fetchUrl)
  const dotGit = join(path, '.git')
  const stat = statSync(dotGit, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return dotGit
  if (stat?.isFile()) return resolve(path, /^gitdir: (.*)$/m.exec(readFileSync(dotGit, 'utf8'))?.[1]?.trim() ?? '')
  if (isFile(join(path, 'HEAD')) && isFolder(join(commonDirectory(path), 'objects'))) return path
  throw new CodedError('GDE_GIT_UNREACHABLE', 'there is no Git repository', { file: path })
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
