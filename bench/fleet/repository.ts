import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { appName, appObjects } from './app-objects.ts'

/** A Git repository in the folder, with a plain directory of manifests for each app. */
export function writeRepository(folder: string, apps: number): void {
  for (let index = 0; index < apps; index += 1) {
    const path = join(folder, 'apps', appName(index))
    mkdirSync(path, { recursive: true })
    writeFileSync(
      join(path, 'all.yaml'),
      appObjects(index)
        .map((object) => stringify(object))
        .join('---\n'),
    )
  }
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=b', '-c', 'user.email=b@example.com', ...args])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=all')
}
