import { join } from 'node:path'
import { build } from 'esbuild'
import type { GeneratedFile } from '../docs/generated-file.ts'

const ROOT = join(import.meta.dirname, '..')

/** What the pages run in the browser, as one text: the program holds it as it is, and the pages allow it by its hash. */
export const clientScript: GeneratedFile = {
  path: 'src/http/pages/generated/client-script.ts',
  make: async () => {
    const { outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['src/http/pages/client/main.ts'],
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      charset: 'ascii',
      minify: true,
      legalComments: 'none',
      write: false,
      logLevel: 'warning',
    })
    const [script, ...others] = outputFiles
    if (script === undefined || others.length > 0) throw new Error('the script of the pages is not one file')
    const text = script.text.trim()
    // It stands within <script>, where nothing is escaped (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements).
    if (/<\/script|<script|<!--/i.test(text)) throw new Error('the script of the pages would end its own element')
    return `// Made from src/http/pages/client by \`npm run generate\`.\nexport const CLIENT_SCRIPT =\n  ${JSON.stringify(text)}\n`
  },
}
