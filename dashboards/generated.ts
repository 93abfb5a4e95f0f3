import type { GeneratedFile } from '../docs/generated-file.ts'
import { DASHBOARD } from './gitops-drift.ts'

export const dashboard: GeneratedFile = {
  path: 'dashboards/gitops-drift.json',
  make: () => `${JSON.stringify(DASHBOARD, null, 2)}\n`,
}
