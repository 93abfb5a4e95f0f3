import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildImage, sizeText } from './build-image.ts'
import { pushImage } from './push.ts'

// `npm run image`: the OCI image without a container engine. `-- --push HOST/NAME` pushes it under its version.
const { values } = parseArgs({
  options: { output: { type: 'string' }, push: { type: 'string' }, ca: { type: 'string' } },
})
const output = resolve(values.output ?? join(import.meta.dirname, '../../.cache/image/oci'))
const { image, attached } = await buildImage(output)
process.stdout.write(`${sizeText(image)}${output}\n`)
if (values.push !== undefined) {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = process.env
  await pushImage(image, attached, {
    repository: values.push,
    tag: image.reference.slice(image.reference.indexOf(':') + 1),
    ...(username !== undefined && password !== undefined && { login: { username, password } }),
    ...(values.ca !== undefined && { ca: await readFile(values.ca, 'utf8') }),
  })
  process.stdout.write(`pushed ${values.push}@${image.manifest.digest}\n`)
}
