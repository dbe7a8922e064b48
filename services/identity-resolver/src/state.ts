/** What is remembered of one device: where it stands in its own sequence. 785 bytes, in memory and stored. */
import { array, bytes, type DraftOf, oneOf, recordLayout, type StateOf, safe, u48 } from "@assay/layout"

/** How many counters back a message is still distinguished from another one. */
export const SLOTS = 16
/** How many presentations of one second are remembered. */
const PRESENTATIONS = 8
/** Bytes that are kept of a presentation's digest. */
export const PREFIX_BYTES = 8

const FIELDS = {
  /** Boot epoch of the newest accepted message; -1 before the first. */
  epo: safe(-1),
  /** Highest counter accepted in `epo`; -1 before the first. */
  head: safe(-1),
  /** Latest `iat` accepted, seconds. */
  iat: safe(-1),
  /** The later of the first `iat` in `epo` and all before it: what an older epoch signs later than this, a second copy signed. */
  since: safe(-1),
  /** The epoch before and its head; -1 where there is none. */
  previousEpo: safe(-1),
  previousHead: safe(-1),
  /** `iat` of the newest message that was refused and held against the device; -1 before the first. */
  refused: safe(-1),
  /** `iat` of the newest presentation; -1 before the first. */
  presented: safe(-1),
  /** What is left in the bucket of presentations, in 1/60000 of one; -1 before the first. */
  presentationLevel: safe(-1),
  /** When that bucket was last filled, milliseconds since 1970. */
  presentationAt: safe(),
  /**
   * The slot of a counter is `seq mod 16`. An epoch's window shares the slots with the one before: as the new one advances
   * it takes slots over, and what the old one had in them is forgotten.
   */
  slots: array(
    {
      /** The epoch whose window the slot belongs to. */
      owner: oneOf(["nobody", "current", "previous"]),
      /** What was accepted in it. `accused`: a message, and equivocation was already held against the device. */
      holds: oneOf(["nothing", "message", "accused"]),
      /** Of the message: SHA-256 of its signing input, and its offset in `submitted`. */
      digest: bytes(32),
      offset: u48(),
    },
    SLOTS,
  ),
  /** Digests of the presentations that bear the newest `iat` among presentations, cut short; zero where one is free. */
  presentations: array(bytes(PREFIX_BYTES), PRESENTATIONS),
} as const

export const LAYOUT = recordLayout({ name: "state of identity-resolver", version: 3, fields: FIELDS })

export type IdentityState = StateOf<typeof LAYOUT>
export type IdentityDraft = DraftOf<typeof FIELDS>
