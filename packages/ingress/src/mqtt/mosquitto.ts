/**
 * Configuration and ACL of a mosquitto 2 for the topics of an adapter. The ACL is what makes a segment of a topic the name of
 * its sender: `%u` is the user name of the client, which with client certificates is the certificate's common name.
 */
import { MAX_MESSAGE } from "../core/submission.ts"
import type { ChallengeTopics } from "./challenges.ts"
import type { TopicTemplate } from "./topics.ts"

export interface MosquittoOptions {
  readonly templates: ReadonlyArray<TopicTemplate>
  /** Where receipts go; null: there are none. */
  readonly receipts: TopicTemplate | null
  /** Where passports go; null or left out: there are none. */
  readonly passports?: TopicTemplate | null
  /** Where devices ask for challenges, and hear them; null or left out: nowhere. */
  readonly challenges?: ChallengeTopics | null
  /** The user name, or the common name, of the adapter. */
  readonly adapter: string
}

/** Where a broker listens, and by what it knows its clients. */
export interface ListenerOptions {
  readonly port: number
  /** Null: every address. */
  readonly host: string | null
  /** PEM files; null: without TLS. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | null
  /**
   * By what a client's user name is known: the common name of its certificate, a file of `mosquitto_passwd`, or nothing but its
   * own word, which is for trying on one machine alone.
   */
  readonly names: "certificate" | { readonly passwords: string } | "claimed"
  readonly acl: string
  /** The directory in which sessions and what waits in them outlive a restart. */
  readonly persistence: string
}

/** As a client with the user name in the named segment writes and reads it. */
const patternOf = ({ segments }: TopicTemplate): string =>
  segments.map((segment) => (segment.startsWith("{") ? "%u" : segment)).join("/")

/** The file of `acl_file` (mosquitto.conf(5)). What it does not allow is refused. */
export const mosquittoAcl = (options: MosquittoOptions): string => {
  const { templates, receipts, passports = null, challenges = null, adapter } = options
  const asked = challenges === null ? [] : [challenges.requests]
  const heard = [receipts, passports, challenges?.answers ?? null].filter((topic) => topic !== null)
  const open = templates.filter(({ names }) => names === null)
  return [
    "# A device publishes below its own name, and nowhere else: %u is its user name, or the common name of its certificate.",
    ...[...templates.filter(({ names }) => names !== null), ...asked].map(
      (template) => `pattern write ${patternOf(template)}`,
    ),
    ...heard.map((topic) => `pattern read ${patternOf(topic)}`),
    ...(open.length === 0
      ? []
      : ["", "# These name nobody: give each client that publishes here a `topic write` of its own."]),
    ...open.map(({ filter }) => `# topic write ${filter}`),
    "",
    "# The adapter reads what devices publish.",
    `user ${adapter}`,
    ...[...templates, ...asked].map(({ filter }) => `topic read ${filter}`),
    ...heard.map(({ filter }) => `topic write ${filter}`),
    "",
  ].join("\n")
}

/** Of messages that wait for the adapter while it is away. Above either mosquitto drops: the disk must hold them. */
const QUEUED_BYTES = 1 << 30
const QUEUED_MESSAGES = 1_000_000
/** Topic and properties go with the message. */
const PACKET_BYTES = MAX_MESSAGE + (64 << 10)

const namesOf = ({ names, tls }: ListenerOptions): ReadonlyArray<string> => {
  if (names === "claimed") return ["allow_anonymous true"]
  if (names !== "certificate") return ["allow_anonymous false", `password_file ${names.passwords}`]
  if (tls === null) throw new RangeError("a broker knows clients by certificates only over TLS")
  return ["allow_anonymous false", "require_certificate true", "use_identity_as_username true"]
}

/** mosquitto.conf(5). Sessions outlive a restart, and what waits for the adapter is bounded by more than 1,000 messages. */
export const mosquittoConfiguration = (options: ListenerOptions): string => {
  const { port, host, tls, acl, persistence } = options
  return [
    `listener ${port}${host === null ? "" : ` ${host}`}`,
    ...(tls === null ? [] : [`cafile ${tls.ca}`, `certfile ${tls.cert}`, `keyfile ${tls.key}`, "tls_version tlsv1.3"]),
    ...namesOf(options),
    `acl_file ${acl}`,
    "",
    "# The session of the adapter, and what waits in it, outlive a restart. After a crash the last seconds are gone.",
    "persistence true",
    `persistence_location ${persistence.endsWith("/") ? persistence : `${persistence}/`}`,
    "autosave_interval 10",
    "persistent_client_expiration 7d",
    "",
    "# The default drops what is above 1,000 messages for a client that is away or behind.",
    `max_queued_messages ${QUEUED_MESSAGES}`,
    `max_queued_bytes ${QUEUED_BYTES}`,
    `max_packet_size ${PACKET_BYTES}`,
    "",
  ].join("\n")
}
