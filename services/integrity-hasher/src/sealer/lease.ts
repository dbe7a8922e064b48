/**
 * Which of several processes with the log's directory seals. A cell names the holder and its term, which only rises; the
 * holder writes it anew (`beat`) three times in a lease, and whoever stands by takes the next term once the cell has not
 * changed for a whole lease by its own clock. No two clocks are compared, and none makes it safe: what keeps a holder that
 * slept from sealing is its term, which the next holder writes into each row before it seals (`sealer.ts`).
 *
 *   {"v":1,"term":7,"holder":"<for people>","beat":12,"free":false}
 */
import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { setTimeout as delay } from "node:timers/promises"
import { type Log, sameCell, UnavailableError } from "@assay/log"
import { SealerError } from "./error.ts"

/** In partition 0. */
export const LEASE_CELL = "sealer.lease"

interface Claim {
  readonly term: number
  readonly holder: string
  readonly beat: number
  /** Given back: whoever comes may take the next term at once. */
  readonly free: boolean
}

const encode = (claim: Claim): Uint8Array => Buffer.from(JSON.stringify({ v: 1, ...claim }))

/** @throws SealerError `diverged` where the cell is of another version, or garbage */
const decode = (cell: Uint8Array): Claim => {
  const text = Buffer.from(cell).toString("utf8")
  try {
    const { v, term, holder, beat, free } = JSON.parse(text)
    if (v === 1 && Number.isSafeInteger(term) && Number.isSafeInteger(beat) && typeof holder === "string")
      return { term, holder, beat, free: free === true }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new SealerError("diverged", `the cell ${LEASE_CELL} is none of version 1: ${text.slice(0, 100)}`)
}

/** Where this process runs, and which it is among those that ran there. */
const ownName = (): string => `${hostname().slice(0, 100)} pid ${process.pid} ${randomBytes(4).toString("hex")}`

export interface LeaseOptions {
  /** How long a holder that shows nothing is waited for, in milliseconds. */
  readonly leaseMs: number
  readonly signal: AbortSignal
  /** Another process holds the lease: called once for each holder, and again after a problem. */
  readonly onWait?: (holder: string) => void
  /** The cell could not be read or written; it is tried again. */
  readonly onProblem?: (cause: unknown) => void
  /** A clock that only rises, in milliseconds. */
  readonly clock?: () => number
}

/** How often a lease is renewed, and looked at, in its time. */
const BEATS = 3
const LOOKS = 8

export class Lease {
  readonly term: number
  readonly #cells: Log["cells"]
  readonly #options: LeaseOptions
  readonly #clock: () => number
  readonly #ending = new AbortController()
  readonly #lost: Promise<void>
  readonly #beating: Promise<void>
  #cell: Uint8Array
  #claim: Claim
  #until: number
  #isLost = false
  #tellLost: () => void = () => undefined

  private constructor(cells: Log["cells"], claim: Claim, since: number, options: LeaseOptions) {
    this.term = claim.term
    this.#cells = cells
    this.#options = options
    this.#clock = options.clock ?? performance.now.bind(performance)
    this.#claim = claim
    this.#cell = encode(claim)
    this.#until = since + options.leaseMs
    this.#lost = new Promise((resolve) => {
      this.#tellLost = resolve
    })
    this.#beating = this.#beat()
  }

  /** Waits for as long as another process holds it. @returns null when `signal` aborts before */
  static async take({ cells }: Pick<Log, "cells">, options: LeaseOptions): Promise<Lease | null> {
    const { leaseMs, signal, onWait, onProblem, clock = () => performance.now() } = options
    const holder = ownName()
    let seen: Uint8Array | null = null
    let since = clock()
    let named = ""
    while (!signal.aborted) {
      try {
        const cell = await cells.get(0, LEASE_CELL)
        const claim = cell === null ? null : decode(cell)
        if (!sameCell(cell, seen)) {
          seen = cell
          since = clock()
        }
        if (claim === null || claim.free || clock() - since >= leaseMs) {
          const begun = clock()
          const own: Claim = { term: (claim?.term ?? 0) + 1, holder, beat: 0, free: false }
          if (await cells.swap(0, LEASE_CELL, cell, encode(own))) return new Lease(cells, own, begun, options)
          continue
        }
        if (claim.holder !== named) onWait?.(claim.holder)
        named = claim.holder
      } catch (cause) {
        // Nobody can renew what nobody can reach: the time of the outage does not count.
        seen = null
        named = ""
        onProblem?.(cause)
      }
      await delay(leaseMs / LOOKS, undefined, { signal }).catch(() => undefined)
    }
    return null
  }

  /** Resolves when another process has it, or it was given back. */
  get lost(): Promise<void> {
    return this.#lost
  }

  /** As far as this process knows without asking; a holder that could not renew in time is none until it has. */
  get isHeld(): boolean {
    return !this.#isLost && this.#clock() < this.#until
  }

  /** @throws SealerError `fenced` where it is lost; UnavailableError where it may be */
  refuseIfOver(): void {
    if (this.#isLost) throw new SealerError("fenced", "another process seals this log now")
    if (!this.isHeld) throw new UnavailableError("the sealer's lease could not be renewed in its time")
  }

  /** Asks the log itself. @throws as `refuseIfOver` */
  async confirm(): Promise<void> {
    const cell = await this.#cells.get(0, LEASE_CELL)
    if (cell === null || decode(cell).term !== this.term) this.lose()
    this.refuseIfOver()
  }

  /** Something else showed that another process seals. */
  lose(): void {
    this.#isLost = true
    this.#ending.abort()
    this.#tellLost()
  }

  /** Gives it back, so that the next need not wait. Stop sealing first. */
  async release(): Promise<void> {
    this.#ending.abort()
    await this.#beating
    if (!this.#isLost)
      await this.#cells
        .swap(0, LEASE_CELL, this.#cell, encode({ ...this.#claim, free: true }))
        .catch((cause: unknown) => this.#options.onProblem?.(cause))
    this.lose()
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ending
    const pause = this.#options.leaseMs / BEATS
    while (!signal.aborted) {
      await delay(pause, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await this.#renew().catch((cause: unknown) => this.#options.onProblem?.(cause))
    }
  }

  async #renew(): Promise<void> {
    const begun = this.#clock()
    const next: Claim = { ...this.#claim, beat: this.#claim.beat + 1 }
    if (!(await this.#cells.swap(0, LEASE_CELL, this.#cell, encode(next)))) {
      const cell = await this.#cells.get(0, LEASE_CELL)
      const claim = cell === null ? null : decode(cell)
      if (claim === null || claim.term !== this.term) return this.lose()
      // A swap of our own whose answer was lost came to be.
      this.#claim = claim
      this.#cell = cell!
      return
    }
    this.#claim = next
    this.#cell = encode(next)
    this.#until = begun + this.#options.leaseMs
  }
}
