/** How to reach a Kafka cluster, and under which names we live there. The caller gives all of it: there are no defaults here. */

import { LogSetupError } from "@assay/log"
import type * as Redacted from "effect/Redacted"

export interface KafkaSettings {
  /** `host:port`, at least one. */
  readonly brokers: ReadonlyArray<string>
  /** Goes before every topic, group and transactional id ("" or, for example, `plant1.`). */
  readonly prefix: string
  readonly clientId: string
  /** Null: plain text. PEM texts; without `ca` the system's authorities count. */
  readonly tls: {
    readonly ca: string | null
    readonly cert: string | null
    readonly key: Redacted.Redacted | null
  } | null
  readonly sasl: Sasl | null
  /** Permits brokers that are not on this machine without authentication. */
  readonly allowInsecure: boolean
  /** A member that is silent for so many milliseconds loses its share. */
  readonly sessionTimeoutMs: number
  /** A transaction that is open for so many milliseconds is aborted by the broker. */
  readonly transactionTimeoutMs: number
  /** How many milliseconds one call goes on trying while brokers are gone, before it rejects with UnavailableError. */
  readonly retryMs: number
  /** Batches are compressed with zstd. */
  readonly zstd: boolean
}

export interface Sasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
  readonly username: string
  readonly password: Redacted.Redacted
}

/** What `retryMs` is in a node; nobody can set it. */
export const RETRY_MS = 10_000

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i

const hostOf = (broker: string): string => broker.slice(0, broker.lastIndexOf(":"))

/**
 * Whoever can write to the streams of a cluster without authentication can stop a fleet, though not forge its decisions.
 * @throws LogSetupError that names the setting
 */
export const checkSettings = (settings: KafkaSettings): KafkaSettings => {
  if (settings.brokers.length === 0) throw new LogSetupError("KAFKA_BROKERS is empty: name at least one host:port")
  for (const broker of settings.brokers) {
    if (!/^.+:\d{1,5}$/.test(broker))
      throw new LogSetupError(`KAFKA_BROKERS: ${JSON.stringify(broker)} is not host:port`)
    const authenticated = settings.sasl !== null || (settings.tls !== null && settings.tls.cert !== null)
    if (authenticated || settings.allowInsecure || LOOPBACK.test(hostOf(broker))) continue
    throw new LogSetupError(
      `KAFKA_BROKERS: ${broker} is not on this machine and nothing authenticates us to it: set KAFKA_SASL_MECHANISM (or KAFKA_TLS_CERT and KAFKA_TLS_KEY), or KAFKA_ALLOW_INSECURE=true if the network itself is trusted`,
    )
  }
  const remotePlain = settings.sasl?.mechanism === "plain" && settings.tls === null
  if (remotePlain && !settings.allowInsecure && !settings.brokers.every((broker) => LOOPBACK.test(hostOf(broker))))
    throw new LogSetupError(
      "KAFKA_SASL_MECHANISM is plain without TLS: the password would cross the network readable; set KAFKA_TLS=true",
    )
  return settings
}
