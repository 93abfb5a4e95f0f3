import type { Dispatcher } from 'undici'

/**
 * Lets go of the raw headers of an answer once they were read. Over HTTP/1.1 they are parts of the first 64 kB that came, which a watch would
 * hold for as long as it lasts.
 */
export const releaseRawHeaders: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (controller, status, headers, socket) =>
      handler.onRequestUpgrade?.(controller, status, headers, socket),
    onResponseStart(controller, status, headers, message) {
      handler.onResponseStart?.(controller, status, headers, message)
      controller.rawHeaders = null
    },
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  })
