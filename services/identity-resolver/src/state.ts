/**
 * What is remembered of one device: where it stands in its own sequence. Some 850 bytes, in memory and stored; up to 1 kB
 * more while its sequence is contested.
 *
 * The main branch is laid out on PLACES, numbers that run on across boot epochs: place = seq + base within an epoch. What
 * follows without a link to it stands on branches beside it (`sides`), each a run of messages that name one another.
 */
import {
  array,
  bool,
  bytes,
  type DraftOf,
  list,
  oneOf,
  recordLayout,
  type StateOf,
  safe,
  u16,
  u48,
} from "@assay/layout"

/** How many places back a message is distinguished from another one on its place. */
export const WINDOW = 256
/** How many places back the digest is kept, so that whatever names it as the message before is known. */
export const RECENT = 8
/** Branches beside the main one: as many as there are where a network lets 15 messages overtake another. */
export const SIDES = 8
/** How many places back a branch beside the main one tells its messages apart. */
export const SIDE_WINDOW = 32
/** Epochs before the present one whose places are still known. */
export const EARLIER = 15
/** Names of messages before what was forgotten. A device on a bad network has as many; more are a carrier's doing. */
export const FOLLOWED = 32
/** Holes of the main branch for which a successor has named the digest. */
export const AWAITED = 8
/** Far-future messages that are remembered by digest. */
export const FUTURES = 4
/** How many presentations of one second are remembered. */
const PRESENTATIONS = 8
/** Bytes that are kept of a digest where a chosen one must not fit, and where it only tells repeats apart. */
export const DIGEST_BYTES = 12
export const PREFIX_BYTES = 8

const MAIN = {
  /** Boot epoch of its head; -1 before the first message. */
  epo: safe(-1),
  /** Highest counter accepted in `epo`; -1 before the first. */
  head: safe(-1),
  /** Of the present epoch: place = seq + base. */
  base: safe(),
  /** First place of the present epoch: of what lies below it in that epoch nothing was signed, or nothing is known. */
  from: safe(),
  /** Lowest place of which anything is known. */
  bottom: safe(),
  /** Of the head: digest, cut short. */
  digest: bytes(DIGEST_BYTES),
  /** When it last went on, and the longest that it is silent between two messages, fading; milliseconds of the log. */
  heard: safe(),
  gap: safe(),
  /** Whether it came to be the main branch because another one was silent; that one stands among the sides while it is known. */
  adopted: bool(),
  /** Latest `iat` accepted on any branch, seconds; and of all that the window has certainly forgotten. */
  iat: safe(-1),
  forgotten: safe(-1),
  /** Whether operators set it on its place anew: assurance stays claimed. */
  resynced: bool(),
  /** By place mod 256: what lies there (`positions/window.ts`); 0: nothing. */
  tags: array(u16(), WINDOW),
  /** By place mod 8: the message's digest, cut short, and its offset in `submitted`. */
  recent: array({ digest: bytes(DIGEST_BYTES), offset: u48() }, RECENT),
} as const

const FIELDS = {
  ...MAIN,
  /** Highest position, and latest `iat`, of branches that are forgotten altogether; -1 where there are none. */
  lostEpo: safe(-1),
  lostSeq: safe(-1),
  lostIat: safe(-1),
  /** Hash of the class that the credential names by which it was admitted (`volatile.ts`); 0 where it was not. */
  class: u48(),
  /** Until when (milliseconds) the value below is good. */
  resyncUntil: safe(),
  /** `iat` of the newest presentation; -1 before the first. */
  presented: safe(-1),
  /** What is left in the bucket of presentations, in 1/60000 of one; -1 before the first. */
  presentationLevel: safe(-1),
  /** When that bucket was last filled, milliseconds since 1970. */
  presentationAt: safe(),
  /** Digests of the presentations that bear the newest `iat` among presentations, cut short; zero where one is free. */
  presentations: array(bytes(PREFIX_BYTES), PRESENTATIONS),
  /** Epochs before the present one, newest first: their base, first and last place. A linked boot closed each of them. */
  earlier: list({ epo: safe(), base: safe(), from: safe(), last: safe() }, EARLIER),
  /** Holes: the place, the digest that its successor named, and that one's offset. Newest last. */
  awaited: list({ place: safe(), digest: bytes(DIGEST_BYTES), offset: u48() }, AWAITED),
  /** Runs of messages of one epoch, each naming the one before, that are not linked to the main branch. */
  sides: list(
    {
      /**
       * `ahead`: it jumped; `branch`: it did, and what it names was the main branch's, but for one case in 256; `behind`: new
       * content for places that were left; `old`: the main branch before.
       */
      kind: oneOf(["ahead", "behind", "old", "branch"]),
      /** Whether what its first message named was accepted and is forgotten: it will never be the main branch's head. */
      isOrphan: bool(),
      epo: safe(),
      /** First and last counter of the run in `epo`. */
      first: safe(),
      head: safe(),
      /** Of the head, and what the first one named before itself; zero where it named nothing. */
      digest: bytes(DIGEST_BYTES),
      awaited: bytes(DIGEST_BYTES),
      /** When the run began and when it last went on, milliseconds of the log. */
      began: safe(),
      heard: safe(),
      iat: safe(),
      firstOffset: u48(),
      headOffset: u48(),
      /** Of the counters down from the head. */
      tags: list(u16(), SIDE_WINDOW),
    },
    SIDES,
  ),
  /** Runs that were dropped of late: nothing on these counters, and no later than their `iat`, is new. */
  lost: list({ epo: safe(), first: safe(), head: safe(), iat: safe() }, SIDES),
  /** What the first messages of forgotten runs named, cut short: whatever follows such a message may be one of them. */
  followed: list(bytes(PREFIX_BYTES), FOLLOWED),
  /** Digests of the latest messages from the far future, cut short: when their time has come they are no new content. */
  futures: list(bytes(PREFIX_BYTES), FUTURES),
  /** SHA-256 of the one-time value by which operators set the device on its place anew; none where nobody has. */
  resync: list(bytes(32), 1),
} as const

export const LAYOUT = recordLayout({ name: "state of identity-resolver", version: 6, fields: FIELDS })

export type IdentityState = StateOf<typeof LAYOUT>
export type IdentityDraft = DraftOf<typeof FIELDS>
export type SideDraft = ReturnType<IdentityDraft["sides"]["at"]>
