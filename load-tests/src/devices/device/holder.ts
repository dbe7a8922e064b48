/** What a device holds of its deployment, and how it takes newer things: nothing older, nothing that the right keys did not sign. */
import {
  type Clock,
  isRefused,
  openSlice,
  openSnapshot,
  type PassportReason,
  type Pins,
  type Position,
  type Revoked,
  type Slice,
  type Snapshot,
  seenTime,
} from "@assay/passport"

export class Holder {
  readonly #pins: Pins
  #slice: Slice | null = null
  #snapshot: Snapshot | null = null
  #clock: Clock
  /** The place of the last message that was allowed, by peer. */
  readonly after = new Map<string, Position>()

  /** @param now what its clock reads; null where it has none */
  constructor(pins: Pins, now: number | null) {
    this.#pins = pins
    this.#clock = { now, newest: 0 }
  }

  get slice(): Slice {
    if (this.#slice === null) throw new Error("the device has no slice: it cannot decide")
    return this.#slice
  }

  get clock(): Clock {
    return this.#clock
  }

  get revoked(): Revoked {
    return { snapshot: this.#snapshot, challenge: null }
  }

  /** @returns why it was not taken; null where it was */
  async take(what: "slice" | "snapshot", bytes: Uint8Array): Promise<PassportReason | null> {
    if (what === "slice") {
      const opened = await openSlice(bytes, this.#pins, this.#slice)
      if (isRefused(opened)) return opened.reason
      this.#slice = opened
      this.saw(Math.floor(opened.issued / 1_000))
      return null
    }
    const opened = await openSnapshot(bytes, this.slice, this.#snapshot)
    if (isRefused(opened)) return opened.reason
    this.#snapshot = opened
    this.saw(opened.iat)
    return null
  }

  /** A time that the deployment signed. Seconds since 1970. */
  saw(signed: number): void {
    this.#clock = seenTime(this.#clock, signed)
  }
}
