import { addCopyButtons } from './copy.ts'

// Runs in the browser, on every page: pages are whole without it. `npm run generate` bundles it into ../generated.
addCopyButtons(document)
