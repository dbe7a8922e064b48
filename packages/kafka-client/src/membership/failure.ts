/** What a failed request to the coordinator of a group means for the member. */
import { LogSetupError } from "@assay/log"

export type Failure =
  /** The others wait for us: join again, as the same member. */
  | "rebalancing"
  /** We were away for too long and the group went on without us, but it still knows our name. */
  | "outdated"
  /** The group does not know us any more: join as somebody new. */
  | "forgotten"
  /** The coordinator is there and not ready yet. */
  | "loading"
  /** Nobody answers, or somebody who does not coordinate the group: look for the coordinator anew. */
  | "unreachable"

const MEANING: Readonly<Record<string, Failure>> = {
  REBALANCE_IN_PROGRESS: "rebalancing",
  ILLEGAL_GENERATION: "outdated",
  UNKNOWN_MEMBER_ID: "forgotten",
  FENCED_INSTANCE_ID: "forgotten",
  GROUP_LOAD_IN_PROGRESS: "loading",
}

/** Everything that is not known is taken for a broker in trouble: it is tried again, slowly, and reported. */
export const failureOf = (error: unknown): Failure => MEANING[(error as { type?: string }).type ?? ""] ?? "unreachable"

const FIX: Readonly<Record<string, string>> = {
  GROUP_AUTHORIZATION_FAILED:
    "this principal may not join it: `assay topics apply --acls` grants what each service needs",
  INVALID_SESSION_TIMEOUT:
    "the brokers do not accept KAFKA_SESSION_TIMEOUT_MS: it must lie between their group.min.session.timeout.ms and group.max.session.timeout.ms",
  INCONSISTENT_GROUP_PROTOCOL:
    "other software uses a group of this name: stop it, or choose another ASSAY_STREAM_PREFIX",
  INVALID_GROUP_ID: "the brokers do not accept this name: choose another ASSAY_STREAM_PREFIX",
  GROUP_MAX_SIZE_REACHED: "it has as many members as the brokers' group.max.size permits",
}

/** @returns null where time may heal it */
export const setupErrorOf = (group: string, error: unknown): LogSetupError | null => {
  const { name, type, message } = error as Error & { readonly type?: string }
  const fix =
    name === "KafkaJSSASLAuthenticationError"
      ? `the brokers refuse our credentials (${message}): check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`
      : FIX[type ?? ""]
  return fix === undefined ? null : new LogSetupError(`consumer group ${group}: ${fix}`, { cause: error })
}
