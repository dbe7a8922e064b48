import { describe, expect, it } from "vitest"
import { type Delivery, doingsTo, onTime } from "../../src/attack/carrier.ts"

const sent = Array.from({ length: 20 }, (_, id) => ({
  id,
  device: "did:key:a",
  at: 1_000 * id,
  bytes: new Uint8Array(),
}))
const all = sent.map(onTime)
const late = (id: number, at: number): ReadonlyArray<Delivery> =>
  [...all.filter(({ sent: one }) => one.id !== id), { ...all[id]!, at }].toSorted((a, b) => a.at - b.at)
const doings = (deliveries: ReadonlyArray<Delivery>, knownAt = 0) => [...doingsTo(sent, deliveries, knownAt)]

describe("what was done to a device", () => {
  it("is nothing where all arrives on time", () => expect(doings(all)).toEqual([]))

  it.each([
    ["once more", { ...all[3]!, at: 9_999 }],
    ["under another routing key", { ...all[3]!, key: "did:key:b" }],
  ])("is repetition where a message comes %s", (_, copy) => expect(doings([...all, copy])).toEqual(["repeated"]))

  it("is reordering up to the window and a minute", () => {
    expect(doings(late(2, 17_500))).toEqual(["reordered"])
    expect(doings(late(2, 18_500))).toContain("delayed")
    expect(doings(late(19, 79_001))).toContain("delayed")
  })

  it("is loss where a message never comes, also where it came to another place only", () => {
    expect(doings(all.slice(1))).toEqual(["dropped"])
    expect(doings([{ ...all[0]!, key: "did:key:b" }, ...all.slice(1)])).toContain("dropped")
  })

  it("is carrying over where what was said before the knowledge comes after", () =>
    expect(doings([...all, { ...all[1]!, at: 9_000 }], 8_000)).toEqual(["carried-over", "repeated"]))
})
