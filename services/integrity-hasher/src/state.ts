/**
 * What the stage remembers of one device: some 75 bytes stored and 340 in memory; 800 stored at worst, when every
 * second message is lost.
 *
 * The chain is laid out on PLACES, numbers that run on across boot epochs: place = seq + base within an epoch, and one
 * place between two epochs (the link) stands for the old epoch's last message, whose seq nobody knows until it came. Bit r
 * of the masks is the place `head - r`. A digest is kept only where it will still be compared: of a message whose successor
 * has not come, or, claimed by a successor's `prv`, of a message that has not come. In order, that is one digest.
 */

/** How many places back a late message is still compared. */
export const WINDOW = 16

export interface ChainState {
  readonly epo: number
  readonly base: number
  /** The highest place seen. */
  readonly head: number
  /** The epoch before, or -1; its base, its highest place at the switch, and its highest seq since. */
  readonly oldEpo: number
  readonly oldBase: number
  readonly oldHead: number
  readonly oldLast: number
  /** Places whose message came. */
  readonly seen: number
  /** Places after the device's first: one that leaves the window unseen is a gap. */
  readonly known: number
  /** Places with a digest: seen and held is the message's own, unseen and held is the awaited one. */
  readonly held: number
  /** One for each bit of `held`, newest place first; base64url as in the claims. */
  readonly digests: ReadonlyArray<string>
}

/** The firmware high-water mark: the highest security version proven, and the `vendor/class` it counts for. */
export interface FirmwareState {
  readonly svn: number
  readonly model: string
}

export interface IntegrityState extends ChainState, FirmwareState {}
