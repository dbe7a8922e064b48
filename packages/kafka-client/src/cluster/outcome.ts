/** What an error of kafkajs, or a code of the protocol, means for who called. */

interface KafkaError extends Error {
  readonly type?: string
  readonly code?: number | string
  readonly retriable?: boolean
}

/** Another process took the transactional id, or the broker gave our transaction up. */
const FENCED = new Set([
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
  "TRANSACTION_COORDINATOR_FENCED",
  "INVALID_TXN_STATE",
  "INVALID_PRODUCER_ID_MAPPING",
])
/** PRODUCER_FENCED is newer than the table of kafkajs. */
const PRODUCER_FENCED = 90

/** Broken for ever until somebody changes something: trying again is no use. */
const FINAL = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "GROUP_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
  "ILLEGAL_SASL_STATE",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_REQUIRED_ACKS",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "UNSUPPORTED_VERSION",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "UNSUPPORTED_COMPRESSION_TYPE",
  "POLICY_VIOLATION",
  "OFFSET_OUT_OF_RANGE",
  "INVALID_TRANSACTION_TIMEOUT",
  "INVALID_GROUP_ID",
  "SECURITY_DISABLED",
])

/** The partition moved, or the map of the cluster is old: ask again who leads. */
const STALE = new Set([
  "NOT_LEADER_FOR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_COORDINATOR_FOR_GROUP",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "REPLICA_NOT_AVAILABLE",
])

const typeOf = (error: unknown): string => (error as KafkaError | null)?.type ?? ""

export const isFenced = (error: unknown): boolean =>
  FENCED.has(typeOf(error)) || (error as KafkaError | null)?.code === PRODUCER_FENCED

/** The sequence numbers of the producer are no longer those of the broker: a new producer id is needed. */
export const isOutOfSequence = (error: unknown): boolean =>
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID"].includes(typeOf(error))

/** The id's transaction before is decided, and its markers are still being written: a matter of milliseconds. */
export const isConcurrent = (error: unknown): boolean => typeOf(error) === "CONCURRENT_TRANSACTIONS"

/** Another part of the same request was refused. */
export const isNotAttempted = (error: unknown): boolean => typeOf(error) === "OPERATION_NOT_ATTEMPTED"

/** The broker has this batch already. */
export const isDuplicate = (error: unknown): boolean => typeOf(error) === "DUPLICATE_SEQUENCE_NUMBER"

export const isUnknownTopic = (error: unknown): boolean => typeOf(error) === "UNKNOWN_TOPIC_OR_PARTITION"
export const isOutOfRange = (error: unknown): boolean => typeOf(error) === "OFFSET_OUT_OF_RANGE"
export const isTooLarge = (error: unknown): boolean =>
  ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"].includes(typeOf(error))

/** The whole connection or the map of the cluster must be looked at again before the next attempt. */
export const isStale = (error: unknown): boolean => STALE.has(typeOf(error)) || !isProtocol(error)

const isProtocol = (error: unknown): boolean => (error as Error | null)?.name === "KafkaJSProtocolError"

/** Anything that time may heal: all that is not known to be final, since a broker that goes and comes has many faces. */
export const isTransient = (error: unknown): boolean => {
  const { name } = (error ?? {}) as Error
  if (name === "KafkaJSSASLAuthenticationError") return false
  if (isProtocol(error)) return !FINAL.has(typeOf(error)) && !isFenced(error)
  return typeof name === "string" && name.startsWith("KafkaJS")
}
