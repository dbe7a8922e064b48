/** What an encoder is: a pure function from something decided to bytes. One file each. */
import type { StreamPartition } from "@assay/log"
import type { RejectedRecord } from "@assay/schemas"
import type { AssayedMessage } from "@assay/trust"

/** Where a record stands that is encoded. */
export interface Place extends StreamPartition {
  readonly offset: number
}

/** What a decided stream holds. */
export type Decided =
  | { readonly kind: "message"; readonly place: Place; readonly message: AssayedMessage }
  /** Kept as it came: never authenticated, or Assay itself failed at it. */
  | {
      readonly kind: "raw"
      readonly place: Place
      readonly outcome: "rejected" | "undecided"
      readonly record: RejectedRecord
    }

export interface Encoded {
  /** The same for the same decision at every repeat, and no other's: whoever receives one twice keeps one. */
  readonly key: string
  readonly bytes: Uint8Array
  /** What a sink with headers says beside the bytes (CloudEvents 1.0 in binary mode: attributes without `ce-`). */
  readonly attributes?: Readonly<Record<string, string>>
  /** How many decisions it stands for; left out: one. */
  readonly count?: number
}

/** Many decisions of one step that differ in nothing but message and time, to be said at once. */
export interface Storm {
  readonly first: Decided
  readonly last: Decided
  /** Two or more. */
  readonly count: number
  /** Distinct devices that are proven. */
  readonly devices: number
}

export interface Encoder {
  readonly name: string
  /** Of what `encode` returns. */
  readonly mediaType: string
  /** Pure: no clock, no I/O. @throws where it is nothing that can be said in this form: it goes to the dead letters */
  encode(decided: Decided): Encoded
  /** Whether this form has a word for it; what it has none for is passed by and counted. Left out: it has for all. */
  takes?(decided: Decided): boolean
  /** Pure. Left out: this form cannot sum up, and each decision is encoded by itself. */
  summarise?(storm: Storm): Encoded
}
