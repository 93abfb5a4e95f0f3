import * as Type from '@sinclair/typebox'
import { WEBHOOK_TYPES } from '../../model/webhook.ts'
import { atNextStart, Choice, Name, Path, StringList, section, strict, withDefault } from '../field-schema.ts'

/** @param listen keys of a listener */
export const webhooksSchema = <Listen extends Parameters<typeof section>[0]>(listen: Listen) =>
  section(
    {
      ...listen,
      receivers: atNextStart(
        withDefault(
          Type.Array(
            Type.Object(
              {
                name: Name('The last part of the path: `/webhooks/<name>`.'),
                type: Choice(WEBHOOK_TYPES, 'Who sends the events; `bitbucket` is Server and Data Center.'),
                secretFile: Path('File with the secret that events are signed with.'),
              },
              strict,
            ),
            { description: 'Where Git servers send push events. Nothing listens without one.' },
          ),
          [],
        ),
      ),
      peers: atNextStart(
        withDefault(
          StringList(
            'URLs of this listener of the other shards and replicas, such as `http://drift-{shard}.drift:8082`: events are passed on to them.',
          ),
          [],
        ),
      ),
    },
    { description: 'Push events of Git servers: what they name is polled at once.' },
  )
