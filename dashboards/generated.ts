import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import type { GeneratedFile } from '../docs/generated-file.ts'
import { APP } from './app.ts'
import { EXPORTER } from './exporter.ts'
import { FLEET } from './fleet.ts'

const file = (name: string, dashboard: Dashboard): GeneratedFile => ({
  path: `dashboards/${name}.json`,
  make: () => `${JSON.stringify(dashboard, null, 2)}\n`,
})

export const DASHBOARD_FILES: readonly GeneratedFile[] = [
  file('fleet', FLEET),
  file('app', APP),
  file('exporter', EXPORTER),
]
