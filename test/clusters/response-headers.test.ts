import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { Agent, type Dispatcher } from 'undici'
import { releaseRawHeaders } from '../../src/clusters/server/response-headers.ts'

test('an answer that lasts does not hold what its headers were read from', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"type":"BOOKMARK"}\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const controllers: Dispatcher.DispatchController[] = []
  const observing: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    releaseRawHeaders(dispatch)(options, {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onResponseStart(controller, status, headers, message) {
        assert.ok(Array.isArray(controller.rawHeaders))
        controllers.push(controller)
        handler.onResponseStart?.(controller, status, headers, message)
      },
      onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    })
  const agent = new Agent()
  try {
    const { headers, body } = await agent
      .compose(observing)
      .request({ origin: `http://127.0.0.1:${address.port}`, path: '/', method: 'GET' })
    assert.equal(headers['content-type'], 'application/json')
    const [chunk] = await once(body, 'data')
    assert.equal(String(chunk), '{"type":"BOOKMARK"}\n')
    assert.equal(controllers[0]?.rawHeaders, null)
    body.on('error', () => undefined).destroy()
  } finally {
    await agent.destroy()
    server.closeAllConnections()
    server.close()
  }
})
