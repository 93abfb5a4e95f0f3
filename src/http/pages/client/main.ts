import { addCopyButtons } from './copy.ts'
import { followEvents } from './live.ts'

// Runs in the browser, on every page: pages are whole without it. `npm run generate` bundles it into ../generated.
addCopyButtons(document)
followEvents(addCopyButtons)
