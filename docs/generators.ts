import { alertInputs } from '../alerts/alert-inputs.ts'
import { ALERT_FILES } from '../alerts/generated.ts'
import { clientScript } from '../build/client.ts'
import { DASHBOARD_FILES } from '../dashboards/generated.ts'
import { CHART_FILES } from '../deploy/helm/generated.ts'
import { accuracyPage, readmeTable } from './accuracy.ts'
import { configPage, configSchema } from './config.ts'
import { errorsPage } from './errors.ts'
import type { GeneratedFile } from './generated-file.ts'
import { linksPage } from './links.ts'
import { metricsPage } from './metrics.ts'

/** Every generated file of the repository: `npm run generate` writes them, a test holds the committed ones to them. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  accuracyPage,
  readmeTable,
  configSchema,
  configPage,
  errorsPage,
  linksPage,
  metricsPage,
  alertInputs,
  clientScript,
  ...ALERT_FILES,
  ...DASHBOARD_FILES,
  ...CHART_FILES,
]
