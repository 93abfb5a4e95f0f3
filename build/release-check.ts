/** What has to be so before something is released. */
export interface ReleaseState {
  /** Tags of the commit. */
  readonly tags: readonly string[]
  /** What `git status --porcelain` prints. */
  readonly changes: string
  readonly packageVersion: string
  readonly chartVersion: string
  readonly chartAppVersion: string
  /** That deploy/base names. */
  readonly imageTag: string
}

/** @returns the version @throws Error that says what has to be mended */
export function requireRelease(state: ReleaseState): string {
  const { tags, changes, packageVersion, chartVersion, chartAppVersion, imageTag } = state
  if (changes !== '') throw new Error(`there are changes that are not committed:\n${changes}`)
  const versions = { 'Chart.yaml version': chartVersion, appVersion: chartAppVersion, 'deploy/base newTag': imageTag }
  for (const [place, version] of Object.entries(versions))
    if (version !== packageVersion) throw new Error(`${place} is ${version}, and package.json says ${packageVersion}`)
  const tag = `v${packageVersion}`
  if (!tags.includes(tag)) {
    const has = tags.length === 0 ? 'no tag' : `the tags ${tags.join(', ')}`
    throw new Error(`the commit has ${has}, and package.json says ${packageVersion}: git tag ${tag}`)
  }
  return packageVersion
}
