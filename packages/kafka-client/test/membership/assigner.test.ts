import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assign, type Claimant } from "../../src/membership/assigner.ts"
import {
  decodeMemberData,
  decodeShare,
  encodeMemberData,
  encodeShares,
  encodeSubscription,
} from "../../src/membership/subscription.ts"

const claimants = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 9 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          // Beyond the partitions too: a member's data may be as wrong as it likes.
          owned: fc.array(fc.integer({ min: -2, max: 40 }), { maxLength: 20 }),
          generation: fc.integer({ min: -1, max: 4 }),
        }),
      ),
    ),
  )
const partitionCount = fc.integer({ min: 0, max: 36 })

const all = (partitions: number): Array<number> => Array.from({ length: partitions }, (_, one) => one)
const numbers = (values: Iterable<number>): Array<number> => [...values].sort((a, b) => a - b)

/** The members as they are once they own what they were given. */
const after = (shares: ReadonlyMap<string, ReadonlyArray<number>>, generation: number): Array<Claimant> =>
  [...shares].map(([id, owned]) => ({ id, owned, generation }))

const moved = (before: ReadonlyMap<string, ReadonlyArray<number>>, now: ReadonlyMap<string, ReadonlyArray<number>>) =>
  [...now].flatMap(([id, share]) => share.filter((one) => !before.get(id)?.includes(one)))

const fresh = (count: number, partitions: number) =>
  assign(
    all(count).map((index) => ({ id: `m${index}`, owned: [], generation: -1 })),
    partitions,
  )

describe("assign", () => {
  it("gives every partition to exactly one member, in shares that differ by at most one, whatever is claimed", () => {
    fc.assert(
      fc.property(claimants, partitionCount, (members, partitions) => {
        const shares = assign(members, partitions)
        expect(numbers([...shares.values()].flat())).toEqual(all(partitions))
        const sizes = [...shares.values()].map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect([...shares.keys()].sort()).toEqual(members.map(({ id }) => id).sort())
      }),
    )
  })

  it("does not depend on the order of the members", () => {
    fc.assert(
      fc.property(claimants, partitionCount, fc.nat(), (members, partitions, turn) => {
        const turned = [...members.slice(turn % members.length), ...members.slice(0, turn % members.length)].reverse()
        expect(new Map(assign(turned, partitions))).toEqual(new Map(assign(members, partitions)))
      }),
    )
  })

  it("leaves where they are as many partitions as balance permits", () => {
    fc.assert(
      fc.property(claimants, partitionCount, (members, partitions) => {
        const shares = assign(members, partitions)
        const best = new Map<number, number>()
        for (const { owned, generation } of members)
          for (const one of owned) best.set(one, Math.max(best.get(one) ?? -1, generation))
        // Claims that nobody else disputes in the same generation: there the rightful owner is beyond doubt.
        fc.pre(
          members.every((one) =>
            members.every(
              (two) =>
                one === two || one.generation !== two.generation || !one.owned.some((p) => two.owned.includes(p)),
            ),
          ),
        )
        const rightful = members.map(({ id, owned, generation }) => ({
          id,
          owned: new Set(owned.filter((p) => p >= 0 && p < partitions && best.get(p) === generation)),
        }))
        const least = Math.floor(partitions / members.length)
        const greedy = rightful.filter(({ owned }) => owned.size > least).length
        const most =
          rightful.reduce((sum, { owned }) => sum + Math.min(owned.size, least), 0) +
          Math.min(greedy, partitions % members.length)
        const kept = rightful.reduce(
          (sum, { id, owned }) => sum + shares.get(id)!.filter((p) => owned.has(p)).length,
          0,
        )
        expect(kept).toBe(most)
      }),
    )
  })

  it("moves only the share of the newcomer when a member joins, and only that of the leaver when one leaves", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), partitionCount, fc.nat(), (count, partitions, which) => {
        const before = fresh(count, partitions)
        const joined = assign([...after(before, 1), { id: "new", owned: [], generation: -1 }], partitions)
        expect(numbers(moved(before, joined))).toEqual(numbers(joined.get("new")!))
        expect(joined.get("new")!.length).toBe(Math.floor(partitions / (count + 1)))

        const gone = `m${which % count}`
        const stayed = after(before, 1).filter(({ id }) => id !== gone)
        if (stayed.length === 0) return
        expect(numbers(moved(before, assign(stayed, partitions)))).toEqual(numbers(before.get(gone)!))
      }),
    )
  })

  it("changes nothing when nothing changed", () => {
    fc.assert(
      fc.property(claimants, partitionCount, (members, partitions) => {
        const shares = assign(members, partitions)
        expect(moved(shares, assign(after(shares, 9), partitions))).toEqual([])
      }),
    )
  })

  it("does not believe who slept through a rebalance", () => {
    const shares = assign(
      [
        { id: "asleep", owned: [0, 1, 2, 3], generation: 3 },
        { id: "b", owned: [0, 1], generation: 4 },
        { id: "c", owned: [2, 3], generation: 4 },
        { id: "d", owned: [4, 5], generation: 4 },
      ],
      8,
    )
    expect(Object.fromEntries(shares)).toEqual({ asleep: [6, 7], b: [0, 1], c: [2, 3], d: [4, 5] })
  })
})

describe("a member's data", () => {
  it("come back as they were", () => {
    const data = fc.record({
      generation: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
      partitions: fc.integer({ min: 0, max: 1000 }),
      owned: fc.array(fc.nat(1000)),
    })
    fc.assert(
      fc.property(data, (one) => {
        expect(decodeMemberData(encodeMemberData(one))).toEqual(one)
      }),
    )
  })

  it("that cannot be read own nothing, and never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const data = decodeMemberData(Buffer.from(bytes))
        if (data !== null) expect(encodeMemberData(data)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it("of members that read different topics, or send damaged bytes, are settled apart", () => {
    const data = (partitions: number) => ({ generation: -1, partitions, owned: [] })
    const shares = new Map(
      encodeShares([
        { memberId: "a", memberMetadata: encodeSubscription("one", data(4)) },
        { memberId: "b", memberMetadata: encodeSubscription("one", data(4)) },
        { memberId: "c", memberMetadata: encodeSubscription("two", data(2)) },
        { memberId: "d", memberMetadata: Buffer.from([0, 0, 0, 0, 0, 9, 0]) },
      ]).map(({ memberId, memberAssignment }) => [memberId, memberAssignment]),
    )
    expect(decodeShare(shares.get("a")!, "one", 4)).toEqual(new Set([0, 1]))
    expect(decodeShare(shares.get("b")!, "one", 4)).toEqual(new Set([2, 3]))
    expect(decodeShare(shares.get("c")!, "two", 2)).toEqual(new Set([0, 1]))
    expect(decodeShare(shares.get("d")!, "one", 4)).toEqual(new Set())
    expect(decodeShare(shares.get("b")!, "one", 3)).toEqual(new Set([2]))
  })
})
