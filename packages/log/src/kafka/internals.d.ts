/** The parts of kafkajs 2.2.4 below its public surface that the engine stands on. The version is pinned and frozen. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  export default class RequestQueue {
    pending: Array<unknown>
    throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
}
