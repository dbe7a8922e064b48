/**
 * What the stage remembers of one device: some 115 bytes stored and 340 in memory; 600 stored at worst, when every
 * second message is lost.
 *
 * The chain is laid out on PLACES, numbers that run on across boot epochs: place = seq + base within an epoch, and one
 * place between two epochs (the link) stands for the old epoch's last message, whose seq nobody knows until it came. Bit r
 * of the masks is the place `head - r`. A digest is kept only where it will still be compared: of a message whose successor
 * has not come, or, claimed by a successor's `prv`, of a message that has not come. In order, that is one digest.
 */
import { digest, list, type StateOf, safe, text, u16, type ValueOf, valueLayout } from "@assay/layout"

/** How many places back a late message is still compared. The masks are of this many bits. */
export const WINDOW = 16

const CHAIN = {
  epo: safe(),
  base: safe(),
  /** The highest place seen. */
  head: safe(),
  /** The epoch before, or -1; its base, its highest place at the switch, and its highest seq since. */
  oldEpo: safe(),
  oldBase: safe(),
  oldHead: safe(),
  oldLast: safe(),
  /** Places whose message came. */
  seen: u16(),
  /** Places after the device's first: one that leaves the window unseen is a gap. */
  known: u16(),
  /** Places with a digest: seen and held is the message's own, unseen and held is the awaited one. */
  held: u16(),
  /** One for each bit of `held`, newest place first. */
  digests: list(digest(), WINDOW),
} as const

/** The firmware high-water mark: the highest security version proven, and the `vendor/class` it counts for. */
const FIRMWARE = {
  svn: safe(),
  /** Two names of at most 128 characters. */
  model: text(1024),
} as const

export const LAYOUT = valueLayout({
  name: "state of integrity-hasher",
  version: 2,
  fields: { ...CHAIN, ...FIRMWARE },
})

export type ChainState = ValueOf<typeof CHAIN>
export type FirmwareState = ValueOf<typeof FIRMWARE>
export type IntegrityState = StateOf<typeof LAYOUT>
