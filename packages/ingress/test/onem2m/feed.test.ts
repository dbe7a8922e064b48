/** One container: each instance once, in order, with what nobody reported read from the CSE. */
import { afterEach, describe, expect, it } from "vitest"
import type { Answer, Submission } from "../../src/core/submission.ts"
import { Feed, type FeedSource } from "../../src/onem2m/feed.ts"
import { type Known, openKnown } from "../../src/onem2m/known.ts"
import type { Instance } from "../../src/onem2m/notification.ts"
import { readTimestamp, writeTimestamp } from "../../src/onem2m/timestamp.ts"
import { Turns } from "../../src/onem2m/turns.ts"
import { eventually } from "../mqtt/eventually.ts"

const START = Date.now() - 60_000

const instance = (n: number, rest: Partial<Instance> = {}): Instance => ({
  resourceId: `cin${n}`,
  parentId: "cnt1",
  stateTag: n,
  createdAt: writeTimestamp(START + n),
  creator: null,
  content: `message ${n}`,
  contentInfo: null,
  ...rest,
})

/** A container that the test fills; discovery answers in no order. */
class Container implements FeedSource {
  readonly all = new Map<string, Instance>()
  discoveries = 0
  failing: Error | null = null

  put(...instances: ReadonlyArray<Instance>): void {
    for (const one of instances) this.all.set(one.resourceId, one)
  }
  async instances(after: number | null, before: number | null) {
    this.discoveries += 1
    if (this.failing !== null) throw this.failing
    const made = (one: Instance): number => readTimestamp(one.createdAt)
    return [...this.all.values()]
      .filter((one) => (after === null || made(one) > after) && (before === null || made(one) < before))
      .map(({ resourceId }) => `/id-in/${resourceId}`)
      .reverse()
  }
  async instance(address: string) {
    return this.all.get(address.slice(address.lastIndexOf("/") + 1)) ?? null
  }
  async latest() {
    return [...this.all.values()].sort((a, b) => b.stateTag! - a.stateTag!)[0] ?? null
  }
  async oldest() {
    return [...this.all.values()].sort((a, b) => a.stateTag! - b.stateTag!)[0] ?? null
  }
}

let feed: Feed | null = null
let reported: Array<string>
let taken: Array<string>
let answer: (submission: Submission) => Answer
let gate: Promise<void>

const start = async (
  source: Container,
  rest: { readonly known?: Known; readonly stateTag?: number; readonly graceMs?: number } = {},
): Promise<Feed> => {
  reported = []
  taken = []
  answer = () => ({ origin: { epoch: 1, partition: 0, offset: 0 } })
  gate = Promise.resolve()
  feed = new Feed({
    address: "cse-in/CPump/data",
    cseId: "/id-in",
    principal: "/id-in/CPump",
    stateTag: rest.stateTag ?? 0,
    position: (rest.known ?? openKnown(null)).of("cnt1"),
    source,
    submit: async (submissions) => {
      await gate
      const answers = submissions.map(answer)
      answers.forEach((one, place) => {
        if ("origin" in one) taken.push(Buffer.from(submissions[place]!.bytes).toString())
      })
      return answers
    },
    room: { free: 1 << 20 },
    turns: new Turns(1),
    pauses: { firstMs: 1, longestMs: 5 },
    graceMs: rest.graceMs ?? 20,
    observe: {
      taken: () => undefined,
      again: () => reported.push("again"),
      backfilled: () => undefined,
      gap: (_, from, to) => reported.push(`gap ${from}-${to}`),
      lost: (code) => reported.push(`lost ${code}`),
      changed: (id) => reported.push(`changed ${id}`),
      failed: (what) => reported.push(what),
    },
  })
  await eventually(() => feed!.isBehind).toBe(false)
  return feed
}
afterEach(() => feed?.stop())

const messages = (...numbers: ReadonlyArray<number>): ReadonlyArray<string> => numbers.map((n) => `message ${n}`)
const upTo = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, n) => n + 1)

describe("what the CSE tells", () => {
  it("goes to the log once, in the order of its state tags, and is answered when it is durable", async () => {
    const source = new Container()
    const running = await start(source)
    const offered = [3, 1, 2].map((n) => running.offer(instance(n)))
    expect(await Promise.all(offered)).toEqual([true, true, true])
    expect(taken).toEqual(messages(1, 2, 3))
    expect(reported).toEqual([])
  })

  it("is not answered before it is durable", async () => {
    const running = await start(new Container())
    const open = Promise.withResolvers<void>()
    gate = open.promise
    let isAnswered = false
    const offered = running.offer(instance(1)).then(() => {
      isAnswered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isAnswered).toBe(false)
    open.resolve()
    await offered
    expect(taken).toEqual(messages(1))
  })

  it("twice counts once, while it is under way and afterwards", async () => {
    const running = await start(new Container())
    const both = [running.offer(instance(1)), running.offer(instance(1))]
    expect(await Promise.all(both)).toEqual([true, true])
    expect(await running.offer(instance(1))).toBe(true)
    expect(taken).toEqual(messages(1))
    expect(reported).toEqual(["again", "again"])
  })

  it("with other bytes under a known id is reported as changed, and goes to the log too: whose signature it bears is seen there", async () => {
    const running = await start(new Container())
    await running.offer(instance(1))
    await running.offer(instance(1, { content: "message 1, changed" }))
    expect(taken).toEqual(["message 1", "message 1, changed"])
    expect(reported).toEqual(["changed cin1"])
  })

  it("under an id that somebody used first with other bytes is taken all the same", async () => {
    const running = await start(new Container())
    await running.offer(instance(1, { content: "junk under a guessed id" }))
    await running.offer(instance(1))
    expect(taken).toContain("message 1")
  })

  it("holds no message: it is given up once, and nothing is missing in its place", async () => {
    const running = await start(new Container())
    await running.offer(instance(1, { content: 21.5 }))
    await running.offer(instance(1, { content: 21.5 }))
    await running.offer(instance(2))
    expect(taken).toEqual(messages(2))
    expect(reported).toEqual(["lost content"])
  })
})

describe("what it does not tell", () => {
  it("is read from the CSE when a later one is reported", async () => {
    const source = new Container()
    const running = await start(source)
    source.put(instance(1), instance(2), instance(3))
    await running.offer(instance(3))
    expect(taken).toEqual(messages(1, 2, 3))
    expect(reported).toEqual([])
  })

  it("and no longer has is reported as a gap, once, and holds up nothing", async () => {
    const source = new Container()
    const running = await start(source)
    await running.offer(instance(1))
    source.put(instance(4))
    await running.offer(instance(4))
    await running.offer(instance(5))
    expect(taken).toEqual(messages(1, 4, 5))
    expect(reported).toEqual(["gap 2-3"])
  })

  it("is found by its latest instance", async () => {
    const source = new Container()
    const running = await start(source)
    await running.offer(instance(1))
    source.put(instance(1), instance(2))
    await running.check()
    await eventually(() => taken).toEqual(messages(1, 2))
    const { discoveries } = source
    await running.check()
    expect(source.discoveries).toBe(discoveries)
  })

  it("was there before: all of it is read, window by window, in order", async () => {
    const source = new Container()
    source.put(...upTo(300).map((n) => instance(n)))
    await start(source, { stateTag: 300 })
    await eventually(() => taken.length).toBe(300)
    expect(taken).toEqual(messages(...upTo(300)))
    expect(reported).toEqual([])
  })

  it("was made at one and the same time: all of it is read", async () => {
    const source = new Container()
    const createdAt = writeTimestamp(START)
    source.put(
      ...upTo(100).map((n) => instance(n, { createdAt })),
      instance(101, { createdAt: writeTimestamp(START + 5_000) }),
    )
    await start(source, { stateTag: 101 })
    await eventually(() => taken.length).toBe(101)
    expect(taken).toEqual(messages(...upTo(101)))
  })

  it("is read after a restart, and nothing else is", async () => {
    const known = openKnown(null)
    const source = new Container()
    const first = await start(source, { known })
    await Promise.all([1, 2].map((n) => first.offer(instance(n))))
    await first.stop()
    source.put(...[1, 2, 3, 4].map((n) => instance(n)))
    await start(source, { known, stateTag: 4 })
    await eventually(() => taken).toEqual(messages(3, 4))
    expect(reported).toEqual([])
  })

  it("may be reported while older ones are being read: they keep their order", async () => {
    const source = new Container()
    source.put(...upTo(200).map((n) => instance(n)))
    const running = start(source, { stateTag: 200 })
    source.put(instance(201, { createdAt: writeTimestamp(Date.now()) }))
    await feed!.offer(instance(201, { createdAt: writeTimestamp(Date.now()) }))
    await running
    expect(taken).toEqual(messages(...upTo(201)))
  })
})

describe("what cannot go to the log now", () => {
  it("waits for the quota, in order", async () => {
    const running = await start(new Container())
    const from = performance.now() + 20
    // All of one principal are refused, or none.
    answer = () =>
      performance.now() < from
        ? { code: "quota", sentence: "too fast", retryAfterMs: 5 }
        : { origin: { epoch: 1, partition: 0, offset: 0 } }
    await Promise.all([1, 2, 3].map((n) => running.offer(instance(n))))
    expect(taken).toEqual(messages(1, 2, 3))
  })

  it("waits for the log, and says why", async () => {
    const running = await start(new Container())
    let failures = 2
    answer = () => {
      if (failures-- > 0) throw new Error("no node answers")
      return { origin: { epoch: 1, partition: 0, offset: 0 } }
    }
    expect(await running.offer(instance(1))).toBe(true)
    expect(taken).toEqual(messages(1))
    expect(reported).toEqual(Array.from({ length: 2 }, () => "cse-in/CPump/data: no node answers"))
    await eventually(() => running.failing).toBeNull()
  })

  it("and has no room stays with the CSE, and is read from there", async () => {
    const source = new Container()
    const running = await start(source)
    const open = Promise.withResolvers<void>()
    gate = open.promise
    const many = upTo(400).map((n) => instance(n))
    source.put(...many)
    const offered = many.map((one) => running.offer(one))
    open.resolve()
    const answers = await Promise.all(offered)
    expect(answers).toContain(false)
    await eventually(() => taken.length).toBe(400)
    expect(new Set(taken).size).toBe(400)
  })

  it("is left to the CSE at the end", async () => {
    const running = await start(new Container(), { graceMs: 60_000 })
    const offered = running.offer(instance(2))
    await running.stop()
    expect(await offered).toBe(false)
    expect(taken).toEqual([])
  })
})

it("goes on when the CSE answers again", async () => {
  const source = new Container()
  const running = await start(source)
  source.failing = new Error("no CSE answers")
  source.put(instance(1))
  running.recover()
  await eventually(() => running.failing).toBe("no CSE answers")
  source.failing = null
  await eventually(() => taken).toEqual(messages(1))
  await eventually(() => running.failing).toBeNull()
})
