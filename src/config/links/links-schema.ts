import * as Type from '@sinclair/typebox'
import { LINK_PLACEHOLDERS } from '../../model/apps/links.ts'
import { CONTROLLERS } from '../../model/identity.ts'
import { StringList, strict } from '../field-schema.ts'

const PLACEHOLDERS = Object.keys(LINK_PLACEHOLDERS).map((name) => `\`{${name}}\``)

export const Links = Type.Array(
  Type.Object(
    {
      name: Type.String({ description: 'What the link is called.', minLength: 1, maxLength: 60 }),
      url: Type.String({
        description: `An http or https URL with placeholders behind its host: ${PLACEHOLDERS.join(', ')}, \`{label:KEY}\`. See links.md.`,
        minLength: 1,
        maxLength: 2000,
      }),
      controllers: Type.Optional(
        Type.Array(
          Type.Union(
            CONTROLLERS.map((word) => Type.Literal(word)),
            { title: 'argocd, flux, helm or static' },
          ),
          { description: 'Only for apps of these.', minItems: 1 },
        ),
      ),
      repositories: Type.Optional(
        StringList('Only for apps whose first source has such a URL, `*` standing for any text.'),
      ),
    },
    strict,
  ),
  { description: 'Links on the page of each app.' },
)
