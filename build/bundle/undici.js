import api from 'undici/lib/api/index.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js'
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js'

// What the program uses of undici, as its index.js puts it together, without fetch, WebSocket, caches and mocks: two thirds of it.
Object.assign(Dispatcher.prototype, api)

export { Agent, EnvHttpProxyAgent, ProxyAgent }
