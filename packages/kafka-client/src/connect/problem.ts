/** What keeps us from a cluster at the start, by the name of the setting to correct. */
import { LogSetupError } from "@assay/log"
import type { KafkaSettings } from "./settings.ts"

interface KafkaError extends Error {
  /** Of the protocol. */
  readonly type?: string
  /** Of the socket or of TLS. */
  readonly code?: string | number
  /** `host:port`. */
  readonly broker?: string
  readonly errors?: ReadonlyArray<unknown>
}

/** The error and everything that it says was its cause, outermost first. */
export const causesOf = (error: unknown): ReadonlyArray<KafkaError> => {
  const found: Array<KafkaError> = []
  for (let next: unknown = error; next instanceof Error && found.length < 10; next = next.cause) {
    found.push(next)
    for (const one of (next as KafkaError).errors ?? []) if (one instanceof Error) found.push(one)
  }
  return found
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_UNTRUSTED",
])

const EXPIRED: ReadonlySet<string> = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "CERT_REVOKED"])

/** The alerts (RFC 8446, section 6.2) by which a broker says that it wants another certificate of us, as OpenSSL's codes end. */
const CERTIFICATE_ALERTS: ReadonlySet<string> = new Set([
  "HANDSHAKE_FAILURE",
  "BAD_CERTIFICATE",
  "UNSUPPORTED_CERTIFICATE",
  "CERTIFICATE_REVOKED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_UNKNOWN",
  "UNKNOWN_CA",
  "ACCESS_DENIED",
  "CERTIFICATE_REQUIRED",
])

/** `CERTIFICATE_REQUIRED` of the code `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`; empty where it is no alert. */
const alertOf = (code: string): string => {
  const [, alert = ""] = code.split("_ALERT_")
  return alert
}

/** What is to be said of a broker that does not know TLS where we speak it. */
export const plainText = (broker: string): string =>
  `${broker} does not speak TLS: it listens in plain text there; name its TLS port in KAFKA_BROKERS, or unset KAFKA_TLS`

/** What we say of ourselves, for messages. */
export const whoWeAre = ({ sasl, tls }: KafkaSettings): string => {
  if (sasl !== null) return `KAFKA_SASL_USERNAME ${sasl.username}`
  return tls !== null && tls.cert !== null ? "the certificate of KAFKA_TLS_CERT" : "a client that does not authenticate"
}

const ofTls = (code: string, message: string, broker: string, { tls }: KafkaSettings): string | null => {
  if (UNTRUSTED.has(code))
    return `the certificate of ${broker} is not signed by ${tls?.ca == null ? "an authority of this system: set KAFKA_TLS_CA to the file with the authority of the brokers" : "the authority in KAFKA_TLS_CA: name the file with the authority of the brokers"} (${code})`
  if (EXPIRED.has(code))
    return `the certificate of ${broker} is not valid now (${code}): renew it, or correct this machine's clock`
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `the certificate of ${broker} is for another name: write the name in KAFKA_BROKERS that the certificate has (${message})`
  if (CERTIFICATE_ALERTS.has(alertOf(code)))
    return tls?.cert == null
      ? `${broker} wants a client certificate: set KAFKA_TLS_CERT and KAFKA_TLS_KEY`
      : `${broker} does not accept our certificate: KAFKA_TLS_CERT must be signed by an authority that the brokers trust, and be valid now`
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") return plainText(broker)
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_OSSL"))
    return `TLS with ${broker} failed (${code}): look at KAFKA_TLS_CA, KAFKA_TLS_CERT and KAFKA_TLS_KEY`
  return null
}

const ofNetwork = (code: string, broker: string): string | null => {
  if (code === "ECONNREFUSED") return `nobody listens at ${broker}: start the broker, or correct KAFKA_BROKERS`
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `the host of ${broker} has no address (${code}): correct KAFKA_BROKERS`
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH" || code === "ETIMEDOUT")
    return `${broker} cannot be reached (${code}): correct KAFKA_BROKERS, or open the way to it`
  return null
}

const ofSasl = ({ name, message, type }: KafkaError, settings: KafkaSettings): string | null => {
  const { sasl } = settings
  if (name === "KafkaJSSASLAuthenticationError" || type === "SASL_AUTHENTICATION_FAILED")
    return `the brokers refuse ${whoWeAre(settings)}: correct KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD (${message})`
  if (type === "UNSUPPORTED_SASL_MECHANISM")
    return `the brokers do not take KAFKA_SASL_MECHANISM ${sasl?.mechanism}: ask their operator which they do`
  if (type === "ILLEGAL_SASL_STATE")
    return sasl === null
      ? "the brokers want authentication: set KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"
      : "the brokers take no authentication on this port: name the port that does in KAFKA_BROKERS, or unset KAFKA_SASL_MECHANISM"
  return null
}

const AUTHORIZATION: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: "a topic of the log",
  GROUP_AUTHORIZATION_FAILED: "a consumer group of the log",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "a transactional id of the log",
  CLUSTER_AUTHORIZATION_FAILED: "the cluster (making topics or ACLs)",
}

const describe = (error: KafkaError, settings: KafkaSettings): string | null => {
  const { message, type = "" } = error
  const broker = error.broker ?? settings.brokers.join(", ")
  const sasl = ofSasl(error, settings)
  if (sasl !== null) return sasl
  const resource = AUTHORIZATION[type]
  if (resource !== undefined)
    return `${whoWeAre(settings)} has no right to ${resource}: grant it its role with assay topics apply --acls, or use another principal`
  if (typeof error.code === "string") {
    const found = ofNetwork(error.code, broker) ?? ofTls(error.code, message, broker, settings)
    if (found !== null) return found
  }
  return null
}

/** It hung up, or what it sent made no sense to TLS (of libuv, which does not say what). */
const SILENT_ENDS: ReadonlySet<string | number> = new Set(["ECONNRESET", "EPIPE", "EPROTO"])

/** Errors by which a broker says nothing about itself. */
const isSilent = ({ name, code }: KafkaError): boolean =>
  name === "KafkaJSConnectionClosedError" ||
  name === "KafkaJSRequestTimeoutError" ||
  name === "KafkaJSLockTimeout" ||
  (name === "KafkaJSConnectionError" && (code === undefined || SILENT_ENDS.has(code)))

/** The broker that an error is about, where it says nothing more; null for any other error. */
export const silentBroker = (error: unknown, { brokers }: KafkaSettings): string | null => {
  const found = causesOf(error).find(isSilent)
  return found === undefined ? null : (found.broker ?? brokers[0] ?? null)
}

/**
 * For the start of a process: once brokers have answered, the same errors say that they are away for a while.
 * @param error what kafkajs threw, or an error with that as its cause
 * @returns null where it is not about reaching the cluster, or being let in
 */
export const connectionProblem = (error: unknown, settings: KafkaSettings): LogSetupError | null => {
  const causes = causesOf(error)
  // Innermost first: the outer ones only say how often it was tried.
  for (const cause of causes.toReversed()) {
    if (cause instanceof LogSetupError) return cause
    const found = describe(cause, settings)
    if (found !== null) return new LogSetupError(found, { cause: error })
  }
  const silent = silentBroker(error, settings)
  return silent === null ? null : silence(silent, settings, settings.tls === null, error)
}

/** What may be the matter with a broker that takes connections and ends them without a word. */
export const silence = (
  broker: string,
  { sasl, tls }: KafkaSettings,
  maybeTls: boolean,
  cause: unknown,
): LogSetupError => {
  const guesses = [
    ...(tls === null ? [] : ["it may not speak TLS (KAFKA_TLS), or want a certificate (KAFKA_TLS_CERT)"]),
    ...(maybeTls ? ["it may speak TLS only (KAFKA_TLS=true)"] : []),
    ...(sasl === null ? ["it may want authentication (KAFKA_SASL_MECHANISM)"] : []),
    "it may be no Kafka broker (KAFKA_BROKERS)",
  ]
  return new LogSetupError(`${broker} takes connections and does not answer: ${guesses.join("; ")}`, { cause })
}
