import * as Type from '@sinclair/typebox'
import { atNextStart, Path, withDefault } from '../field-schema.ts'

/** Where something listens. */
export const listen = (address: string, port: number) => ({
  address: atNextStart(withDefault(Type.String({ description: 'IP address to listen on.', minLength: 1 }), address)),
  port: atNextStart(
    withDefault(Type.Integer({ description: 'Port; 0 lets the system choose.', minimum: 0, maximum: 65535 }), port),
  ),
  webConfigFile: atNextStart(
    Type.Optional(
      Path('TLS, client certificates and passwords of the listener: a web config file as Prometheus has them.'),
    ),
  ),
})
