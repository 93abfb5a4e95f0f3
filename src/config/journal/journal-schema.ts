import * as Type from '@sinclair/typebox'
import { atNextStart, Duration, Path, section, strict, withDefault } from '../field-schema.ts'

export const Journal = section(
  {
    keep: atNextStart(Duration('How long drift that ended is remembered.', '90d')),
    bytes: atNextStart(
      withDefault(
        Type.Integer({
          description: 'Largest size of the journal; the oldest drift is forgotten first.',
          minimum: 1_000_000,
          maximum: 100_000_000_000,
        }),
        256_000_000,
      ),
    ),
    commitAuthors: atNextStart(
      withDefault(
        Type.Boolean({
          description: 'Whether the journal says who wrote the commits with which drift began and ended.',
        }),
        false,
      ),
    ),
  },
  { description: 'What happened: kept in `journal.db` of stateDirectory.' },
)

export const Audit = atNextStart(
  Type.Optional(
    Type.Array(
      Type.Object(
        {
          cluster: Type.String({ description: 'The cluster whose API server it is.', minLength: 1 }),
          logFile: Type.Optional(
            Path('The log that the API server writes (`--audit-log-path`), where it can be read.'),
          ),
          webhook: Type.Optional(
            Type.Object(
              { tokenFile: Path('File with the token that the API server sends to `/audit/<cluster>`.') },
              strict,
            ),
          ),
        },
        strict,
      ),
      { description: 'Audit events of API servers: who changed what, and not only by which program.' },
    ),
  ),
)
