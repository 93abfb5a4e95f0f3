import * as Type from '@sinclair/typebox'
import { Path, strict } from '../field-schema.ts'

const Key = Type.Object(
  {
    secret: Type.Optional(
      Type.String({
        description:
          '`namespace/name` of the Secret in `spec.decryption.secretRef` in whose place the file is; `*` stands for any text. Left out: for Kustomizations that name none.',
        pattern: '^[^/]+/[^/]+$',
      }),
    ),
    file: Path('Age identities, one a line, or an OpenPGP private key in armor. Read again when it changes.'),
  },
  strict,
)

/** The config's `decryption`. */
export const Decryption = Type.Object(
  { keys: Type.Array(Key, { description: 'Keys for what SOPS encrypted; all that fit are tried.' }) },
  { ...strict, description: 'Decrypt what SOPS encrypted in the sources of Kustomizations. Left out: nothing is.' },
)
