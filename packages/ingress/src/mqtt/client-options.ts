/** How a client of MQTT goes on trying, and who it is to the broker: of each connection that is held for ever. */
import * as Redacted from "effect/Redacted"
import type { IClientOptions } from "mqtt"
import { type ClientTls, tlsOptionsOf } from "../client-tls.ts"

export interface Login {
  readonly username: string | null
  readonly password: Redacted.Redacted | null
  /** Null without TLS. */
  readonly tls: ClientTls | null
}

const KEEPALIVE_S = 30
/** Between two attempts. */
const PAUSE_MS = 1_000

export const clientOptionsOf = ({ username, password, tls }: Login): IClientOptions => ({
  reconnectPeriod: PAUSE_MS,
  reconnectOnConnackError: true,
  keepalive: KEEPALIVE_S,
  // What cannot go out now is sent again by who has it.
  queueQoSZero: false,
  ...(username === null ? {} : { username }),
  ...(password === null ? {} : { password: Redacted.value(password) }),
  ...(tls === null ? {} : { minVersion: "TLSv1.3" as const, ...tlsOptionsOf(tls) }),
})
