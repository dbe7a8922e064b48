/** The bounds of the HTTP server. ADR 42 says why each is there; docs/guides/http-api.md says what a caller notices of them. */
export interface HttpLimits {
  /** Connections that may be at work at once. Above it the longest idle one makes room. */
  readonly connections: number
  /** More connections where none is idle: on these only probes (`/livez`, `/readyz`) are served. */
  readonly reserve: number
  /** Requests that one connection may send ahead of its answer. They are not served; one more and it is closed at once. */
  readonly ahead: number
  /** Bytes of unfinished bodies in memory, of all connections together. The largest body is 4 MiB. */
  readonly heldBytes: number
  /** Milliseconds in which the next piece of a body must come. */
  readonly bodyIdleMs: number
  /** Milliseconds in which the reader of an answer must take the next 64 KiB of it. */
  readonly sendMs: number
  /** Milliseconds for the handshake of TLS, and again for the headers of a request. */
  readonly headersMs: number
  /** Milliseconds that a connection stays open after an answer. */
  readonly keepAliveMs: number
  /** Milliseconds for a whole request, a long stream of messages too. */
  readonly requestMs: number
}

export const HTTP_LIMITS: HttpLimits = {
  connections: 2_048,
  reserve: 64,
  ahead: 8,
  heldBytes: 32 << 20,
  bodyIdleMs: 30_000,
  sendMs: 10_000,
  headersMs: 10_000,
  keepAliveMs: 5_000,
  requestMs: 300_000,
}
