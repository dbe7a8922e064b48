import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { accept, accused, type Place, type Position, placeOf } from "../src/sequence-window.ts"
import { slotOf } from "../src/slots.ts"
import { type IdentityState, SLOTS } from "../src/state.ts"

const digestOf = (text: string): Uint8Array => createHash("sha256").update(text).digest()
const at = (epo: number, seq: number, iat: number, content = "a", offset = 0): Position => ({
  epo,
  seq,
  iat,
  digest: digestOf(`${epo}/${seq}/${content}`),
  offset,
})

/** The sequence rules with unlimited memory, forgetting exactly what sixteen shared slots cannot keep. */
class Model {
  readonly accepted = new Map<string, Uint8Array>()
  readonly accusations = new Set<string>()
  current: { epo: number; first: number; head: number } | null = null
  previous: { epo: number; head: number } | null = null
  iat = -1
  since = -1

  private isLost(seq: number): boolean {
    const { first, head } = this.current!
    for (let s = Math.max(0, first - SLOTS + 1); s <= head; s++) if (s % SLOTS === seq % SLOTS) return true
    return false
  }

  private inSlot(key: string, digest: Uint8Array): Place["kind"] {
    const held = this.accepted.get(key)
    if (held === undefined) return "new"
    return Buffer.compare(held, digest) === 0 || this.accusations.has(key) ? "seen" : "equivocation"
  }

  place({ epo, seq, iat, digest }: Position): Place["kind"] {
    const key = `${epo}/${seq}`
    if (this.current === null || epo > this.current.epo) return "new"
    if (epo === this.current.epo) {
      if (seq > this.current.head) return "new"
      if (seq > this.current.head - SLOTS) return this.inSlot(key, digest)
      return iat > this.iat ? "clone" : "seen"
    }
    const previous = this.previous?.epo === epo ? this.previous : null
    const isKept = previous !== null && seq > previous.head - SLOTS && !this.isLost(seq)
    if (isKept && this.accepted.has(key)) return this.inSlot(key, digest)
    if (iat > this.since) return "clone"
    return isKept || (previous !== null && seq > previous.head) ? "new" : "seen"
  }

  accept({ epo, seq, iat, digest }: Position): void {
    this.accepted.set(`${epo}/${seq}`, digest)
    this.iat = Math.max(this.iat, iat)
    if (this.current === null || epo > this.current.epo) {
      this.previous = this.current
      this.current = { epo, first: seq, head: seq }
      this.since = this.iat
    } else if (epo === this.current.epo) this.current.head = Math.max(this.current.head, seq)
    else this.previous!.head = Math.max(this.previous!.head, seq)
  }
}

const positions = fc.array(
  fc.record({
    epo: fc.integer({ min: 0, max: 3 }),
    seq: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 60 })),
    iat: fc.integer({ min: 0, max: 40 }),
    content: fc.constantFrom("a", "a", "b"),
  }),
  { maxLength: 80 },
)

describe("the sequence window", () => {
  it("places every message as the reference model does, and accepts no position twice", () => {
    fc.assert(
      fc.property(positions, (walk) => {
        const model = new Model()
        let state: IdentityState | undefined
        const accepted = new Set<string>()
        walk.forEach(({ epo, seq, iat, content }, offset) => {
          const position = at(epo, seq, iat, content, offset)
          const place = placeOf(state, position)
          expect(place.kind).toBe(model.place(position))
          if (place.kind === "new") {
            expect(accepted.has(`${epo}/${seq}`)).toBe(false)
            accepted.add(`${epo}/${seq}`)
            state = accept(state, position)
            model.accept(position)
          } else if (place.kind === "equivocation") {
            state = accused(state!, seq)
            model.accusations.add(`${epo}/${seq}`)
          }
        })
      }),
      { numRuns: 500 },
    )
  })

  it("never lets a replay of anything accepted pass or accuse", () => {
    fc.assert(
      fc.property(positions, fc.infiniteStream(fc.nat()), (walk, picks) => {
        let state: IdentityState | undefined
        const heard: Array<Position> = []
        walk.forEach(({ epo, seq, content }, offset) => {
          // An honest clock: it moves with the device's own order.
          const position = at(epo, seq, epo * 100 + seq, content, offset)
          if (placeOf(state, position).kind === "new") {
            state = accept(state, position)
            heard.push(position)
          }
          if (heard.length === 0) return
          const replayed = heard[(picks.next().value as number) % heard.length]!
          expect(placeOf(state, replayed)).toEqual({ kind: "seen" })
        })
      }),
    )
  })

  it("takes any order in which no message is overtaken by more than the window", () => {
    const delays = fc.array(fc.integer({ min: 0, max: SLOTS - 1 }), { minLength: 1, maxLength: 80 })
    fc.assert(
      fc.property(delays, (late) => {
        const order = late.map((delay, seq) => ({ seq, due: seq + delay + seq / 1000 })).sort((a, b) => a.due - b.due)
        let state: IdentityState | undefined
        for (const { seq } of order) {
          const position = at(1, seq, 1000 + seq)
          expect(placeOf(state, position).kind).toBe("new")
          state = accept(state, position)
        }
      }),
    )
  })

  it("takes the tail of an epoch that its successor overtook", () => {
    let state = accept(undefined, at(1, 0, 10))
    for (let seq = 1; seq < 4; seq++) state = accept(state, at(1, seq, 10 + seq))
    state = accept(state, at(2, 0, 20))
    expect(placeOf(state, at(1, 5, 15)).kind).toBe("new")
    state = accept(state, at(1, 5, 15))
    expect(placeOf(state, at(1, 5, 15)).kind).toBe("seen")
    expect(placeOf(state, at(1, 4, 14)).kind).toBe("new")
    state = accept(state, at(1, 4, 14))
    expect(placeOf(state, at(1, 4, 14, "b")).kind).toBe("equivocation")
    expect(placeOf(state, at(1, 6, 21)).kind).toBe("clone")
    expect(placeOf(state, at(0, 0, 5)).kind).toBe("seen")
  })

  it("remembers where each message was submitted", () => {
    const far = 2 ** 47 + 12_345
    let state = accept(undefined, at(1, 15, 10, "a", far))
    state = accept(state, at(1, 16, 11, "a", 7))
    expect(placeOf(state, at(1, 15, 12, "b"))).toEqual({ kind: "equivocation", earlier: far })
    expect(slotOf(state, 16).offset).toBe(7)
  })

  it("changes no state in place", () => {
    const before = accept(undefined, at(1, 0, 10))
    const copy = { ...before }
    accept(before, at(1, 1, 11))
    accused(before, 0)
    expect(before).toEqual(copy)
  })
})
