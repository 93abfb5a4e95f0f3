import { CodedError } from '../../model/failure.ts'
import type { FluxCommonMetadata, FluxImage, FluxPatch } from '../../model/flux.ts'
import { type Fields, object, objects, optionalObject, text, textMap } from '../fields/fields.ts'

/** @throws CodedError `GDE_FLUX_INVALID` naming the field, as all of these do */
export function readPatches(of: Fields): readonly FluxPatch[] {
  return objects(of, 'patches').map((entry) => {
    const target = optionalObject(entry, 'target')
    return { patch: text(entry, 'patch'), ...(target !== undefined && { target: textMap(entry, 'target') }) }
  })
}

export function readImages(of: Fields): readonly FluxImage[] {
  return objects(of, 'images').map((entry) => {
    const name = text(entry, 'name')
    if (name === '') throw new CodedError(entry.code, `${entry.path}.name is not set`)
    const [newName, newTag, digest] = [text(entry, 'newName'), text(entry, 'newTag'), text(entry, 'digest')]
    return {
      name,
      ...(newName !== '' && { newName }),
      ...(newTag !== '' && { newTag }),
      ...(digest !== '' && { digest }),
    }
  })
}

export function readCommonMetadata(spec: Fields): FluxCommonMetadata | undefined {
  if (optionalObject(spec, 'commonMetadata') === undefined) return undefined
  const metadata = object(spec, 'commonMetadata')
  return { labels: textMap(metadata, 'labels'), annotations: textMap(metadata, 'annotations') }
}
