/** A device as its sequence sees it: it counts, chains, boots, and can be copied with all that it knows. */
import { createHash } from "node:crypto"
import type { Position } from "../../src/positions/position.ts"
import { isRivalled, type Settled, settle } from "../../src/positions/settle.ts"
import { type IdentityState, LAYOUT } from "../../src/state.ts"

export const SECOND = 1_000
export const QUIET = 60 * SECOND

const digestOf = (text: string): Uint8Array => createHash("sha256").update(text).digest()

export interface Said {
  readonly by: string
  readonly epo: number
  readonly seq: number
  readonly iat: number
  readonly digest: Uint8Array
  readonly prv: Uint8Array | null
}

export class Speaker {
  readonly name: string
  epo = 0
  seq = 0
  prv: Uint8Array | null = null
  private said = 0

  constructor(name: string) {
    this.name = name
  }

  /** Signs the next message. @param iat seconds */
  say(iat: number, change: Partial<Said> = {}): Said {
    const { epo, seq, prv } = this
    this.said += 1
    const text = `${this.name} ${this.said} ${JSON.stringify([change.epo ?? epo, change.seq ?? seq])}`
    const one: Said = { by: this.name, epo, seq, iat, digest: digestOf(text), prv, ...change }
    this.epo = one.epo
    this.seq = one.seq + 1
    this.prv = one.digest
    return one
  }

  boot(epochs = 1): void {
    this.epo += epochs
    this.seq = 0
  }

  copy(name: string): Speaker {
    const twin = new Speaker(name)
    Object.assign(twin, { epo: this.epo, seq: this.seq, prv: this.prv })
    return twin
  }
}

export type Heard = Settled["kind"] | "rival"

/** What identity-resolver makes of messages, in their order; time in milliseconds. Every state goes through its stored form. */
export class Listener {
  state: IdentityState | undefined
  offset = 0
  readonly forks: Array<{ readonly earlier: number; readonly slot: boolean }> = []

  hear(said: Said, time: number): Heard {
    const draft = LAYOUT.draft(this.state)
    const quiet = Math.max(QUIET, 2 * draft.gap)
    const at: Position = { ...said, offset: this.offset++, time, future: said.iat * 1000 > time + 60_000 }
    const settled = settle(draft, at, quiet)
    if (settled.kind === "seen") {
      LAYOUT.discard(draft)
      return "seen"
    }
    const rival = isRivalled(draft, time, quiet)
    const sealed = LAYOUT.seal(draft)
    this.state = LAYOUT.decode(LAYOUT.encode(sealed))
    if (settled.kind === "fork") this.forks.push(settled)
    return settled.kind === "main" && rival ? "rival" : settled.kind
  }
}
