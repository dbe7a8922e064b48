import { describe, expect, it } from "vitest"
import { type Delivery, UnderWay } from "../../src/mqtt/under-way.ts"

const LIMITS = { publications: 8, bytes: 1_000, batch: 4, batchBytes: 100 }

/** Whether the connection of a delivery still lives, and what was acknowledged on it. */
const line = () => {
  const acknowledged: Array<number> = []
  const one = { alive: true, acknowledged }
  return { ...one, line: one, ack: (code: number) => one.alive && acknowledged.push(code) > 0 }
}
let count = 0
const delivery = (
  principal: string | null,
  acknowledge: Delivery["acknowledge"] = () => true,
  bytes = 10,
): Delivery => ({
  topic: "t",
  payload: Buffer.alloc(bytes, ++count),
  principal,
  submissions: [{} as Delivery["submissions"][number]],
  acknowledge,
  earned: null,
})
const held = (...deliveries: ReadonlyArray<Delivery>): UnderWay => {
  const one = new UnderWay(LIMITS)
  for (const each of deliveries) one.add(each)
  return one
}

describe("what is under way", () => {
  it("goes in the order of arrival, and stays until it is settled", () => {
    const [a, b] = [delivery("a"), delivery("b")]
    const one = held(a, b)
    expect(one.next(0)).toEqual([a, b])
    expect(one.next(0)).toEqual([a, b])
    one.settle(a, 0)
    expect(one.next(0)).toEqual([b])
  })

  it("is handed over in bounded batches: at most so many messages, and so many bytes", () => {
    expect(held(...Array.from({ length: 6 }, () => delivery("a"))).next(0)).toHaveLength(4)
    expect(
      held(
        delivery("a", () => true, 99),
        delivery("a", () => true, 99),
        delivery("a"),
      ).next(0),
    ).toHaveLength(2)
  })

  it("is full at its bound, in number and in bytes", () => {
    const one = held(...Array.from({ length: 7 }, () => delivery("a")))
    expect(one.isFull).toBe(false)
    one.add(delivery("a"))
    expect(one.isFull).toBe(true)
    const large = delivery("a", () => true, 1_000)
    const other = held(large)
    expect(other.isFull).toBe(true)
    other.settle(large, 0)
    expect(other.isFull).toBe(false)
  })

  it("lets nobody wait for a sender that is over its quota, and takes that one up again in its order", () => {
    const [a1, b, a2] = [delivery("a"), delivery("b"), delivery("a")]
    const one = held(a1, b, a2)
    expect(one.block("a", 100)).toEqual([])
    expect(one.next(50)).toEqual([b])
    expect(one.nextAt).toBe(100)
    expect(one.next(100)).toEqual([a1, b, a2])
    expect(one.nextAt).toBeNull()
  })

  it("says when a sender is taken up again, also where that has passed since: nobody waits for news of it", () => {
    const one = held(delivery("a"))
    one.block("a", 100)
    expect(one.next(99)).toEqual([])
    expect(one.nextAt).toBe(100)
  })

  it("gives up the newest of a sender once what waits for quotas fills half", () => {
    const flood = Array.from({ length: 6 }, () => delivery("a"))
    const one = held(...flood)
    const given = one.block("a", 100)
    expect(given).toEqual([flood[5], flood[4]])
    for (const each of given) one.settle(each, 151)
    expect(one.waiting).toBe(4)
    expect(one.mustGiveUp("a")).toBe(true)
    expect(one.mustGiveUp("b")).toBe(false)
  })

  it("counts the bytes of what waits for quotas too", () => {
    const flood = [delivery("a", () => true, 300), delivery("a", () => true, 300)]
    expect(held(...flood).block("a", 100)).toEqual([flood[1]])
  })
})

describe("a publication that is sent again", () => {
  it("is the same one, and has a new acknowledgement", () => {
    const [first, second] = [line(), line()]
    const one = delivery("a", first.ack)
    const all = held(one)
    first.line.alive = false
    all.connectionLost()
    expect(all.sentAgain("t", Buffer.from(one.payload), second.ack)).toBe(true)
    expect(all.waiting).toBe(1)
    all.settle(one, 0)
    expect(first.acknowledged).toEqual([])
    expect(second.acknowledged).toEqual([0])
  })

  it("is acknowledged at once where it became durable while there was no connection", () => {
    const [first, second] = [line(), line()]
    const one = delivery("a", first.ack)
    const all = held(one)
    first.line.alive = false
    all.connectionLost()
    all.settle(one, 0)
    expect(all.waiting).toBe(0)
    expect(all.sentAgain("t", Buffer.from(one.payload), second.ack)).toBe(true)
    expect(second.acknowledged).toEqual([0])
    expect(all.sentAgain("t", Buffer.from(one.payload), second.ack)).toBe(false)
  })

  it("is known by topic and bytes, and only after a connection was lost", () => {
    const one = delivery("a", () => false)
    const all = held(one)
    expect(all.sentAgain("t", Buffer.from(one.payload), () => true)).toBe(false)
    all.connectionLost()
    expect(all.sentAgain("t", Buffer.from("other"), () => true)).toBe(false)
    expect(all.sentAgain("u", Buffer.from(one.payload), () => true)).toBe(false)
    expect(all.sentAgain("t", Buffer.from(one.payload), () => true)).toBe(true)
  })

  it("is forgotten once it is durable and was not sent again over a whole connection", () => {
    const one = delivery("a", () => false)
    const all = held(one)
    all.connectionLost()
    all.settle(one, 0)
    all.connectionLost()
    expect(all.sentAgain("t", Buffer.from(one.payload), () => true)).toBe(false)
  })

  it("needs no room: it is read though all places are taken", () => {
    const all = held(...Array.from({ length: 8 }, () => delivery("a", () => false)))
    expect(all.isFull).toBe(true)
    all.connectionLost()
    expect(all.isFull).toBe(false)
  })

  it("that was acknowledged is no more looked for", () => {
    const one = delivery("a")
    const all = held(one)
    all.settle(one, 0)
    all.connectionLost()
    expect(all.sentAgain("t", Buffer.from(one.payload), () => true)).toBe(false)
  })
})
