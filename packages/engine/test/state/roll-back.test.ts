/**
 * Batches that are rolled back leave nothing: a table that was put back, again and again, is the same in everything as one to which these
 * batches never came, and so are the records that are written of both.
 */
import type { NewRecord } from "@assay/log"
import type { AnyStage, StateCodec } from "@assay/trust"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ChangelogWriter, decodeRow } from "../../src/state/changelog.ts"
import { PROGRESS_KEY } from "../../src/state/progress.ts"
import { StateTable } from "../../src/state/table.ts"

interface Counted {
  readonly count: number
}

/** States of many sizes, so that blocks are left for others. */
const CODEC: StateCodec<Counted> = {
  sizeOf: ({ count }) => 4 + (count % 7) * 9,
  write: ({ count }, to, at) => {
    to.fill(count, at, at + 4 + (count % 7) * 9)
    to.writeUInt32BE(count, at)
  },
  decode: (bytes) => ({ count: Buffer.from(bytes).readUInt32BE(0) }),
}

const FAILS = 666

const stage = (name: AnyStage["name"], maximum: number, hasDeadlines: boolean): AnyStage => ({
  name,
  logic: new Map(),
  state: {
    ...CODEC,
    sizeOf: (state: Counted) => {
      if (state.count === FAILS) throw new Error("a state that cannot be written")
      return CODEC.sizeOf(state)
    },
  },
  shared: CODEC,
  strangers: {
    maximum,
    keeps: ({ count }: Counted) => count % 11 === 0,
    ...(hasDeadlines ? { deadline: ({ count }: Counted) => (count % 3 === 0 ? (count % 40) * 10 : undefined) } : {}),
  },
  erased: (state: Counted) => (state.count % 2 === 0 ? { count: 1 } : null),
  subject: () => null,
})

const STAGES = [stage("identity", 3, true), stage("credential", 4, false), stage("anomaly", 2, true)]
const SLOTS = [0, 1, 2]
const DEVICES = ["", "did:a", "did:b", "did:c", "did:d", "did:e", "did:f", "did:g", "own/x"]
const ITEMS = ["k/did-document/did:a", "k/did-document/did:b", "k/did-unavailable/did:a"]

const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant("set"), fc.nat(2), fc.constantFrom(...DEVICES), fc.nat(300)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("remove"), fc.nat(2), fc.constantFrom(...DEVICES), fc.nat(0)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant("admit"), fc.nat(2), fc.constantFrom(...DEVICES.slice(1, 8)), fc.nat(0)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant("erase"), fc.nat(2), fc.constantFrom(...DEVICES.slice(1, 8)), fc.nat(0)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant("item"), fc.nat(0), fc.constantFrom(...ITEMS), fc.nat(99)) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const play = (table: StateTable, steps: ReadonlyArray<Step>): void => {
  table.tombstoneOf = (device) => `erased/${device}`
  for (const [op, slot, key, count] of steps) {
    if (op === "set") table.set(slot, key, { count })
    else if (op === "remove") table.set(slot, key, null)
    else if (op === "admit") table.admit(slot, key)
    else if (op === "erase") table.erase(slot, key)
    else table.items().set(key, count % 4 === 0 ? null : Buffer.alloc(count, count))
  }
}

/** Everything that can be seen of a table, numbers of rows and rounds included. */
const seen = (table: StateTable) => ({
  end: table.end,
  size: table.size,
  numbers: Array.from({ length: table.end }, (_, row) => table.keyAt(row)),
  rows: [...table.keys()].map((key) => {
    const { admitted, slots, order } = table.rowOf(key)!
    const states = slots.map((state) => (state instanceof Uint8Array ? Buffer.from(state).toString("hex") : state))
    return [key, admitted, states, order, table.roundOf(key)] as const
  }),
  admitted: SLOTS.map((slot) => table.admittedOf(slot)),
  strangers: SLOTS.map((slot) => table.strangersOf(slot)),
  due: SLOTS.map((slot) => table.due(slot, 1_000, 100)),
  own: SLOTS.map((slot) => table.ownKeys(slot, "")),
  where: SLOTS.map((slot) => table.admittedWhere(slot, (state) => (state as Counted).count > 40)),
  items: ["k/did-document/", "k/did-unavailable/"].map((prefix) => table.items().count(prefix)),
})

/** A table with its writer, as a runner has them. */
class Kept {
  readonly table = new StateTable(STAGES)
  readonly writer = new ChangelogWriter({ table: this.table, progress: null, end: 0 }, false)
  next = 0
  end = 0

  take(): { readonly records: ReadonlyArray<NewRecord>; readonly truncateBefore: number | null } {
    const runner = { changed: false, encode: () => Buffer.from("the track") }
    return this.writer.take(runner, { next: this.next + 1, lastTime: 0 })
  }

  committed(records: ReadonlyArray<NewRecord>): void {
    this.next++
    this.end += records.length
    this.table.committed()
    this.writer.committed()
    if (this.writer.needsEnd) this.writer.beginRound(this.end)
  }

  rollBack(): void {
    this.table.rollBack()
    this.writer.rollBack()
  }
}

const bytesOf = (records: ReadonlyArray<NewRecord>) =>
  records.map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString("hex")])

type Fate = "committed" | "failed while it was judged" | "failed at the commit" | "failed at a write"

describe("a table that is put back", () => {
  it("is the same as one to which the batches never came, and goes on as that does", () => {
    const batch = fc.record({
      steps: fc.array(step, { maxLength: 12 }),
      fate: fc.constantFrom<Fate>(
        "committed",
        "committed",
        "failed while it was judged",
        "failed at the commit",
        "failed at a write",
      ),
    })
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 30 }), (batches) => {
        const kept = new Kept()
        kept.table.keepBefore()
        const other = new Kept()
        const changelog: Array<NewRecord> = []
        for (const { steps, fate } of batches) {
          play(kept.table, steps)
          if (fate === "committed") {
            play(other.table, steps)
            const mine = kept.take()
            const theirs = other.take()
            expect(mine.truncateBefore).toBe(theirs.truncateBefore)
            expect(bytesOf(mine.records)).toEqual(bytesOf(theirs.records))
            kept.committed(mine.records)
            other.committed(theirs.records)
            changelog.push(...mine.records)
          } else {
            if (fate === "failed at the commit") kept.take()
            if (fate === "failed at a write")
              expect(() => kept.table.set(1, "did:new", { count: FAILS })).toThrow("cannot be written")
            kept.rollBack()
          }
          expect(seen(kept.table)).toEqual(seen(other.table))
        }
        // What was written of it says the same.
        const restored = new StateTable(STAGES)
        for (const { key, value } of changelog) {
          const name = Buffer.from(key).toString()
          if (name !== PROGRESS_KEY && name !== "\u0001runner") restored.restore(name, decodeRow(STAGES, name, value))
        }
        restored.restored()
        const { rows, admitted, strangers, due, items } = seen(kept.table)
        const sorted = (all: typeof rows) => all.map(([key, ...rest]) => [key, rest.slice(0, 3)]).sort()
        const again = seen(restored)
        expect(sorted(again.rows)).toEqual(sorted(rows))
        expect(again).toMatchObject({ admitted, strangers, due, items })
      }),
      { numRuns: 120 },
    )
  })

  it("gives back the memory of what was put back, and of what was replaced", () => {
    const table = new StateTable(STAGES)
    // A block of its own, and what shares a slab.
    const items = table.items()
    items.set("k/did-document/did:a", Buffer.alloc(700_000, 1))
    play(table, [["set", 0, "did:a", 5]] as ReadonlyArray<Step>)
    table.takeDirty()
    table.keepBefore()
    const first = table.bytes
    for (let n = 0; n < 50; n++) {
      items.set("k/did-document/did:a", Buffer.alloc(700_000, n))
      items.set("k/did-document/did:a", Buffer.alloc(700_000, n + 1))
      for (let device = 0; device < 200; device++) table.items().set(`k/did-document/did:${device}`, Buffer.alloc(100))
      table.takeDirty()
      if (n % 2 === 0) table.rollBack()
      else {
        for (let device = 0; device < 200; device++) items.set(`k/did-document/did:${device}`, null)
        table.takeDirty()
        table.committed()
      }
      expect(table.bytes).toBeLessThan(first + 1_000_000)
    }
    expect(items.get("k/did-document/did:a")!.every((byte) => byte === 50)).toBe(true)
  })

  it("is not put back where nothing was kept, nor restored where something is", () => {
    const table = new StateTable(STAGES)
    expect(() => table.rollBack()).toThrow("nothing was kept")
    table.keepBefore()
    expect(() => table.restore("did:a", null)).toThrow("can be put back")
    table.set(0, "did:a", { count: 1 })
    expect(() => table.keepBefore()).toThrow("under way")
  })
})
