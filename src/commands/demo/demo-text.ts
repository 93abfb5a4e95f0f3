import { join } from 'node:path'
import type { DemoFixture } from './demo-fixture.ts'

/** The instructions that the demo prints. */
export function demoText(
  { folder, repository }: DemoFixture,
  urls: { readonly metricsUrl: string; readonly pagesUrl: string },
): string {
  const live = join(folder, 'clusters')
  return `
Three clusters, one Git repository, four apps: one each of plain manifests, kustomize, Helm and jsonnet.

  page      ${urls.pagesUrl}/
  metrics   ${urls.metricsUrl}/metrics

  Git       ${repository}
  clusters  ${live}/{prod-us,prod-eu,staging}
  config    ${join(folder, 'config.yaml')}
  logs      ${join(folder, 'log.jsonl')}

See the verdicts:

  curl -s ${urls.metricsUrl}/metrics | grep '^gitops_app_sync_status.* 1$'

1. Change a cluster by hand: OutOfSync, cause "live". Put it back: Synced.

  sed -i 's/replicas: 3/replicas: 5/' ${live}/prod-us/storefront.deployment.yaml

2. Commit a change: OutOfSync in both production clusters, cause "git". Revert it: Synced.

  cd ${repository}
  sed -i 's/storefront:1.4.0/storefront:1.5.0/' storefront/deployment.yaml && git commit -am 'storefront 1.5.0'
  git revert --no-edit HEAD

3. Break something: only that app is Unknown, and the page says why.

  echo '{{' >> search/templates/service.yaml && git commit -am 'oops'

Ctrl-C stops it and removes the folder.
`
}
