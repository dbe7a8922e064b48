/**
 * What the stage remembers of one device: some 160 bytes, 1,300 at worst, when every second message is lost; with the last
 * appraisal of its hardware up to 3,500 more.
 *
 * The chain is laid out on PLACES, numbers that run on across boot epochs: place = seq + base within an epoch, and one
 * place between two epochs (the link) stands for the old epoch's last message, whose seq nobody knows until it came. Bit r
 * of the masks is the place `head - r`. A digest is kept only where it will still be compared: of a message whose successor
 * has not come, or, claimed by a successor's `prv`, of a message that has not come. In order, that is one digest.
 */
import { MAX_MEASURED, MEASURED_BYTES, STATUSES } from "@assay/attestation"
import {
  bool,
  bytes,
  type DraftOf,
  digest,
  list,
  oneOf,
  recordLayout,
  type StateOf,
  safe,
  text,
  u8,
  u16,
  u32,
  u48,
} from "@assay/layout"

/** How many places back a late message is still compared. The masks are of this many bits. */
export const WINDOW = 16
/** Bytes of the hash of a firmware claim. */
export const CLAIM_BYTES = 8
/** Of the name of an attestation key. */
export const KEY_BYTES = 16
/** Of what stands for the knowledge of an appraisal. */
export const STAMP_BYTES = 8

const CHAIN = {
  epo: safe(),
  base: safe(),
  /** The highest place seen; -1 before the first message. */
  head: safe(-1),
  /** The epoch before, or -1; its base, its highest place at the switch, and its highest seq since. */
  oldEpo: safe(-1),
  oldBase: safe(),
  oldHead: safe(),
  oldLast: safe(-1),
  /** Places whose message came. */
  seen: u16(),
  /** Places after the device's first: one that leaves the window unseen is a gap. */
  known: u16(),
  /** Places with a digest: seen and held is the message's own, unseen and held is the awaited one. */
  held: u16(),
  /** One for each bit of `held`, newest place first. */
  digests: list(digest(), WINDOW),
} as const

/** The firmware high-water mark: the highest security version proven (-1 for none), and the `vendor/class` it counts for. */
const FIRMWARE = {
  svn: safe(-1),
  /** A higher one that the device tells of late and has not confirmed (-1 for none): clean messages since, and since when. */
  risingSvn: safe(-1),
  risingCount: u8(),
  risingSince: safe(),
  /** Two names of at most 128 characters. */
  model: text(1024),
  /** The claim that passed last, and the one under a bundle that the device was counted for last (`incidents.ts`); zero for none. */
  passed: bytes(CLAIM_BYTES),
  counted: bytes(CLAIM_BYTES),
  /** The claim that the references refused last; zero for none, and once they list it. */
  refused: bytes(CLAIM_BYTES),
} as const

/** The last appraisal of the device's hardware, and what it measured: some 150 bytes, and 17 for each measurement. */
const APPRAISED = {
  /** The end of the name of the attestation key. */
  key: bytes(KEY_BYTES),
  format: text(128),
  /** When the challenge was made that it answered, milliseconds since 1970: no earlier one counts any more. */
  challengedAt: safe(),
  /** What the hardware stated; zeros where it states none. */
  clock: safe(),
  resets: u32(),
  restarts: u32(),
  /** The boot epoch that it is about. */
  epo: safe(),
  /** Until when it holds, milliseconds since 1970; 0: it ended. */
  until: safe(),
  status: oneOf(STATUSES),
  /** Whether these measurements were ever affirmed. */
  passed: bool(),
  /** Of the knowledge that it was appraised under. */
  stamp: bytes(STAMP_BYTES),
  /** The firmware claim of then, or the first since; zero where there was none. */
  claim: bytes(CLAIM_BYTES),
  /** Endorsements that were made before count for nothing: operators ended the binding then (`unbind.ts`); milliseconds, 0 for none. */
  boundFrom: safe(),
  measured: list({ slot: u8(), digest: bytes(MEASURED_BYTES) }, MAX_MEASURED),
} as const

const FIELDS = {
  ...CHAIN,
  ...FIRMWARE,
  /** The chain of another branch of the device (identity-resolver, positions): a contested one, or the one before. */
  aside: list(CHAIN, 1),
  /** Until when (milliseconds) operators wait for the device to begin anew; 0 where they do not. */
  resyncUntil: u48(),
  appraised: list(APPRAISED, 1),
} as const

export const LAYOUT = recordLayout({ name: "state of integrity-hasher", version: 8, fields: FIELDS })

export type ChainDraft = DraftOf<typeof CHAIN>
export type IntegrityState = StateOf<typeof LAYOUT>
export type IntegrityDraft = DraftOf<typeof FIELDS>
export type FirmwareDraft = DraftOf<typeof FIRMWARE>
/** A firmware mark: of the device's past, or claimed by a message. */
export type FirmwareMark = Pick<IntegrityState, "svn" | "model">
