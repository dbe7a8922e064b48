import type { AnyStage, StateCodec } from "@assay/trust"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeRow, encodeRow } from "../../src/state/changelog.ts"
import { StateTable } from "../../src/state/table.ts"

interface Counted {
  readonly count: number
}

const CODEC: StateCodec<Counted> = {
  sizeOf: () => 1,
  write: (state, to, at) => {
    to[at] = state.count
  },
  decode: (bytes) => ({ count: bytes[0]! }),
}

/** A real stage's shape with the smallest state: only codec, pool and deadline matter to a table. */
const stage = (name: AnyStage["name"], maxStrangers: number): AnyStage => ({
  name,
  logic: new Map(),
  state: CODEC,
  shared: CODEC,
  strangers: {
    maximum: maxStrangers,
    deadline: (state: Counted) => (state.count % 3 === 0 ? state.count * 10 : undefined),
  },
  subject: () => null,
})

const STAGES = [stage("identity", 3), stage("credential", 4)]

type Step = {
  readonly op: "set" | "remove" | "admit"
  readonly slot: number
  readonly device: string
  readonly count: number
}
const steps = fc.array(
  fc.record<Step>({
    op: fc.constantFrom("set", "set", "set", "remove", "admit"),
    slot: fc.constantFrom(0, 1),
    device: fc.constantFrom("", "did:a", "did:b", "did:c", "did:d", "did:e", "did:f", "did:g"),
    count: fc.integer({ min: 0, max: 200 }),
  }),
  { maxLength: 80 },
)

const play = (table: StateTable, all: ReadonlyArray<Step>): void => {
  for (const { op, slot, device, count } of all) {
    if (op === "set") table.set(slot, device, { count })
    else if (op === "remove") table.set(slot, device, null)
    else if (device !== "") table.admit(slot, device)
  }
}

const contents = (table: StateTable) =>
  [...table.keys()]
    .map((device) => [device, table.rowOf(device)!.admitted, table.rowOf(device)!.slots] as const)
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))

describe("StateTable", () => {
  it("never pools more strangers than the stage allows, and never evicts an admitted device", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const table = new StateTable(STAGES)
        const admitted = new Map<string, Counted>()
        for (const step of all) {
          play(table, [step])
          for (let slot = 0; slot < STAGES.length; slot++)
            expect(table.strangersOf(slot)).toBeLessThanOrEqual(STAGES[slot]!.strangers.maximum)
          if (step.slot !== 0 || !table.view(0).isAdmitted(step.device)) continue
          if (step.op === "set") admitted.set(step.device, { count: step.count })
          if (step.op === "remove") admitted.delete(step.device)
        }
        for (const [device, state] of admitted) expect(table.get(0, device)).toEqual(state)
      }),
    )
  })

  it("is the same in whatever batches its changes are taken, once restored from the changelog", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 9 }), (all, batch) => {
        const live = new StateTable(STAGES)
        const changelog: Array<[string, Uint8Array]> = []
        for (let from = 0; from < all.length; from += batch) {
          play(live, all.slice(from, from + batch))
          for (const device of live.takeDirty()) changelog.push([device, encodeRow(STAGES, device, live.rowOf(device))])
        }
        const restored = new StateTable(STAGES)
        for (const [device, value] of changelog) restored.restore(device, decodeRow(STAGES, device, value))
        restored.restored()
        expect(contents(restored)).toEqual(contents(live))
        // They evict alike from here on.
        for (const table of [live, restored]) {
          for (const device of ["did:x", "did:y", "did:z"])
            for (const slot of [0, 1]) table.set(slot, device, { count: 1 })
        }
        expect(contents(restored)).toEqual(contents(live))
        expect(restored.admittedOf(0)).toBe(live.admittedOf(0))
        expect(restored.view(0).due(600, 100)).toEqual(live.view(0).due(600, 100))
      }),
    )
  })

  it("shows due devices by their real deadline, at most as many as asked, and again until they change", () => {
    const table = new StateTable(STAGES)
    for (const [device, count] of [
      ["a", 9],
      ["b", 3],
      ["c", 6],
      ["d", 4],
    ] as const) {
      table.set(0, device, { count })
      table.admit(0, device)
    }
    const view = table.view(0)
    expect(view.due(89, 10)).toEqual(["b", "c"])
    expect(view.due(1000, 2)).toEqual(["b", "c"])
    table.set(0, "b", { count: 5 })
    expect(view.due(1000, 10)).toEqual(["c", "a"])
  })
})
