/** A process joins a group once for all of its threads, and leaves with the last that works on it. */
import type { Log, Membership } from "@assay/log"
import { describe, expect, it } from "vitest"
import { Memberships } from "../../src/threads/memberships.ts"

/** A log that answers `join` when the test says so, and counts who left. */
const asked = () => {
  const joins: Array<PromiseWithResolvers<Membership> & { readonly assign: (share: ReadonlySet<number>) => void }> = []
  let left = 0
  const log = {
    join: (_group: string, _stream: string, assign: (share: ReadonlySet<number>) => void) => {
      joins.push({ ...Promise.withResolvers<Membership>(), assign })
      return joins.at(-1)!.promise
    },
  } as unknown as Log
  const member: Membership = {
    confirm: async () => true,
    leave: async () => {
      left++
    },
  }
  const answer = (share: ReadonlyArray<number>): void => {
    const { assign, resolve } = joins.at(-1)!
    assign(new Set(share))
    resolve(member)
  }
  return { memberships: new Memberships(log), joins, answer, left: () => left }
}

/** Asks for a share, as a thread does: the log is asked in the next turn. */
const joining = async (memberships: Memberships, thread: object) => {
  const heard: Array<ReadonlyArray<number>> = []
  const joined = memberships.join(thread, "g", "s", (share) => heard.push([...share]))
  joined.catch(() => undefined)
  await Promise.resolve()
  return { joined, heard }
}

describe("the memberships of a process", () => {
  it("are left with the last thread, whichever order they come and go in", async () => {
    const { memberships, answer, left } = asked()
    const [one, two] = [{}, {}]
    const first = await joining(memberships, one)
    const second = await joining(memberships, two)
    answer([0, 1])
    await Promise.all([first.joined, second.joined])
    expect([first.heard.at(-1), second.heard.at(-1)]).toEqual([
      [0, 1],
      [0, 1],
    ])
    await memberships.leave(one, "g")
    expect(left()).toBe(0)
    await memberships.leave(two, "g")
    expect(left()).toBe(1)
  })

  it("hold nothing for a thread that ended while the log was asked: it hears nothing, and keeps the process in no group", async () => {
    const { memberships, answer, left } = asked()
    const [dead, next] = [{}, {}]
    const ended = await joining(memberships, dead)
    memberships.forget(dead)
    const replaced = await joining(memberships, next)
    answer([0])
    await Promise.all([ended.joined, replaced.joined])
    expect(ended.heard).toEqual([])
    expect(replaced.heard.at(-1)).toEqual([0])
    memberships.forget(next)
    expect([...memberships.shareOf("g")]).toEqual([0]) // while it is replaced too
    const again = await joining(memberships, next)
    await again.joined
    await memberships.leave(next, "g")
    expect(left()).toBe(1)
    expect(memberships.shareOf("g").size).toBe(0)
  })

  it("stay while another thread still joins", async () => {
    const { memberships, answer, left } = asked()
    const [one, two] = [{}, {}]
    const first = await joining(memberships, one)
    answer([0])
    await first.joined
    const second = memberships.join(two, "g", "s", () => undefined)
    await memberships.leave(one, "g")
    await second
    expect(left()).toBe(0)
    await memberships.leave(two, "g")
    expect(left()).toBe(1)
  })

  it("say what of the share is a thread's: what it reported and what the group gives, and without the thread this alone", async () => {
    const { memberships, joins, answer } = asked()
    const thread = {}
    const { joined } = await joining(memberships, thread)
    answer([0, 1, 2])
    await joined
    const own = new Set([0, 2])
    const reported = [{ group: "g", partitions: [0, 2] }]
    memberships.forget(thread)
    // The group gives one of them to another process.
    joins[0]!.assign(new Set([1, 2]))
    const sharesOf = (isAway: boolean) => memberships.sharesOf(own, reported, isAway)
    expect(sharesOf(true)).toEqual([{ group: "g", partitions: [2] }])
    expect(sharesOf(false)).toEqual([{ group: "g", partitions: [0, 2] }])
    joins[0]!.assign(new Set([0, 2, 3]))
    expect(sharesOf(true)).toEqual([{ group: "g", partitions: [0, 2] }])
  })

  it("ask the log anew after it refused", async () => {
    const { memberships, joins, answer } = asked()
    const thread = {}
    const refused = await joining(memberships, thread)
    joins[0]!.reject(new Error("away"))
    await expect(refused.joined).rejects.toThrow("away")
    const again = await joining(memberships, thread)
    answer([2])
    await again.joined
    expect(joins).toHaveLength(2)
    expect(again.heard.at(-1)).toEqual([2])
  })
})
