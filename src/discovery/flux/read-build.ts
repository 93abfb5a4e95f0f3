import { CodedError } from '../../model/failure.ts'
import type { FluxCommonMetadata, FluxImage, FluxPatch } from '../../model/sources/flux.ts'
import { type Fields, readObject, readObjects, readOptionalObject, readText, readTextMap } from '../fields/fields.ts'

/** @throws CodedError `GDE_FLUX_INVALID` naming the field, as all of these do */
export function readPatches(of: Fields): readonly FluxPatch[] {
  return readObjects(of, 'patches').map((entry) => {
    const target = readOptionalObject(entry, 'target')
    return { patch: readText(entry, 'patch'), ...(target !== undefined && { target: readTextMap(entry, 'target') }) }
  })
}

export function readImages(of: Fields): readonly FluxImage[] {
  return readObjects(of, 'images').map((entry) => {
    const name = readText(entry, 'name')
    if (name === '') throw new CodedError(entry.code, `${entry.path}.name is not set`)
    const [newName, newTag, digest] = [readText(entry, 'newName'), readText(entry, 'newTag'), readText(entry, 'digest')]
    return {
      name,
      ...(newName !== '' && { newName }),
      ...(newTag !== '' && { newTag }),
      ...(digest !== '' && { digest }),
    }
  })
}

export function readCommonMetadata(spec: Fields): FluxCommonMetadata | undefined {
  if (readOptionalObject(spec, 'commonMetadata') === undefined) return undefined
  const metadata = readObject(spec, 'commonMetadata')
  return { labels: readTextMap(metadata, 'labels'), annotations: readTextMap(metadata, 'annotations') }
}
