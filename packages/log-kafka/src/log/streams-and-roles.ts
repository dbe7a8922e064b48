/** What a log is used for, as data from whoever opens it or makes its topics: this engine knows no stream and no role by name. */

/** A stream that shall be a topic. */
export interface StreamSpec {
  /** Without the prefix. */
  readonly stream: string
  /** What it is to its users; only shown. */
  readonly kind: string
  /** Milliseconds; -1 for ever; null for a table, of which the last value of each key is kept. */
  readonly retentionMs: number | null
  /** Nobody may shorten it. */
  readonly evidence: boolean
  /** Others write here too, with whatever compression. */
  readonly foreign: boolean
  /** The brokers' bound on one record batch, which is all that one commit or append writes to a partition of a topic. */
  readonly maxBatchBytes: number
}

/** What somebody does with a log, in the terms of the port; streams and groups without the prefix. */
export interface Role {
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
  /** Consumer groups that it is a member of, and whose offsets it moves. */
  readonly groups: ReadonlyArray<string>
  /** Those of `groups` for which it commits. */
  readonly commits: ReadonlyArray<string>
  /** Groups whose offsets it looks at. */
  readonly sees: ReadonlyArray<string>
  /** Its group ids begin so. */
  readonly groupPrefixes: ReadonlyArray<string>
  /** What it does with the cells of the port. */
  readonly cells: "none" | "read" | "swap"
  /** Makes topics and ACLs. */
  readonly administers: boolean
  /** Looks at how streams are set. */
  readonly seesSettings: boolean
}

export type Roles = Readonly<Record<string, Role>>

export interface LogUse {
  readonly streams: ReadonlyArray<StreamSpec>
  readonly roles: Roles
}
