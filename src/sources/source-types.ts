import type { OpenArchives } from '../git/open-repositories.ts'
import type { ArchiveType, RepositorySpec } from '../model/apps/inventory.ts'
import type { ArchiveServer, ServerContext } from './archive-server.ts'
import { createArtifactServer } from './artifact/artifact-server.ts'
import { createFileServer } from './file/file-server.ts'
import { createFolderServer } from './folder/folder-server.ts'
import { createHelmServer } from './helm/helm-server.ts'
import { DEFAULT_SOURCE_LIMITS, type SourceLimits } from './limits.ts'
import { createOciServer } from './oci/oci-server.ts'
import { createArchiveSource } from './tracking/archive-source.ts'

/** What is supported beside Git: each type is a folder and a line. */
const SERVERS: Readonly<Record<ArchiveType, (spec: RepositorySpec, context: ServerContext) => ArchiveServer>> = {
  helm: createHelmServer,
  oci: createOciServer,
  file: createFileServer,
  artifact: createArtifactServer,
}

/** Opens sources of archives, for who owns all repositories. */
export function createArchiveOpener(limits: Partial<SourceLimits> = {}): OpenArchives {
  return (type, spec, options) =>
    createArchiveSource(spec, { ...options, limits: { ...DEFAULT_SOURCE_LIMITS, ...limits } }, (context) =>
      spec.chartFolder === undefined
        ? SERVERS[type](spec, context)
        : createFolderServer(spec, spec.chartFolder, context),
    )
}
