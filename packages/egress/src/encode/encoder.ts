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
}

export interface Encoder {
  readonly name: string
  /** Of what `encode` returns. */
  readonly mediaType: string
  /** Pure: no clock, no I/O. @throws where it is nothing that can be said in this form: it goes to the dead letters */
  encode(decided: Decided): Encoded
}
