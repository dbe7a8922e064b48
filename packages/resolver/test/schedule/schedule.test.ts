import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DueHeap } from "../../src/schedule/heap.ts"
import { Schedule, type ScheduleOptions } from "../../src/schedule/schedule.ts"

const HOUR = 3_600_000
const did = (n: number, host = "id.example.com"): string => `did:web:${host}:devices:d${n}`
const make = (options: Partial<ScheduleOptions> = {}): Schedule =>
  new Schedule({
    softMs: 6 * HOUR,
    hostPerMinute: 60,
    principalPerMinute: 60,
    maximum: 1_000,
    random: () => 1,
    ...options,
  })

describe("which document is looked for when", () => {
  it("is looked for once, however often it is asked for", () => {
    const schedule = make()
    expect(schedule.ask(did(1), "a", 0)).toBe("asked")
    expect(schedule.ask(did(1), "a", 0)).toBe("asked")
    expect(schedule.take(0)).toBe(did(1))
    expect(schedule.ask(did(1), "b", 1)).toBe("waits")
    expect(schedule.take(10 * HOUR)).toBe(null)
  })

  it("is looked at again after its soft age, and not before", () => {
    const schedule = make()
    schedule.found(did(1), { checked: 0, expires: 72 * HOUR })
    expect(schedule.ask(did(1), null, 30_000)).toBe("known")
    expect(schedule.take(6 * HOUR - 1)).toBe(null)
    expect(schedule.take(6 * HOUR)).toBe(did(1))
  })

  it("is looked at early where a device asks though it is in force, but not each time", () => {
    const schedule = make()
    schedule.found(did(1), { checked: 0, expires: 72 * HOUR })
    expect(schedule.ask(did(1), null, 59_999)).toBe("known")
    expect(schedule.ask(did(1), null, 60_000)).toBe("asked")
    expect(schedule.take(60_000)).toBe(did(1))
  })

  it("waits longer each time that it could not be had, up to a bound, and a find ends that", () => {
    const schedule = make()
    const pauses: Array<number> = []
    let now = 0
    schedule.ask(did(1), null, now)
    for (let n = 0; n < 20; n++) {
      expect(schedule.take(now)).toBe(did(1))
      const pause = schedule.pauseOf(did(1), "not_found")
      schedule.notFound(did(1), { checked: now, again: now + pause })
      expect(schedule.ask(did(1), null, now + 1)).toBe("waits")
      pauses.push(pause)
      now += pause
    }
    expect(pauses.slice(0, 3)).toEqual([60_000, 120_000, 240_000])
    expect(pauses.at(-1)).toBe(12 * HOUR)
    schedule.found(did(1), { checked: now, expires: now + HOUR })
    expect(schedule.pauseOf(did(1), "unreachable")).toBe(5_000)
  })

  it("keeps to the budget of a host, and lets others pass", () => {
    const schedule = make({ hostPerMinute: 2 })
    for (const n of [1, 2, 3]) schedule.ask(did(n), null, 0)
    schedule.ask(did(4, "other.example.com"), null, 0)
    const taken = [schedule.take(0), schedule.take(0), schedule.take(0), schedule.take(0)]
    expect(taken.filter((one) => one?.includes("id.example.com"))).toHaveLength(2)
    expect(taken).toContain(did(4, "other.example.com"))
    expect(schedule.take(29_999)).toBe(null)
    expect(schedule.take(30_000)).not.toBe(null)
  })

  it("is behind for as long as a look has been due, though its host may not be asked yet, and however often it is asked for", () => {
    const schedule = make({ hostPerMinute: 1 })
    for (const n of [1, 2]) schedule.ask(did(n), null, 0)
    expect(schedule.behindMs(0)).toBe(0)
    expect([schedule.take(0), schedule.take(0)]).toEqual([did(1), null])
    expect(schedule.hostWaits).toBe(1)
    schedule.found(did(1), { checked: 0, expires: HOUR })
    expect(schedule.ask(did(2), null, 40_000)).toBe("asked")
    expect(schedule.take(59_999)).toBe(null)
    expect(schedule.behindMs(59_999)).toBe(59_999)
    expect(schedule.take(60_000)).toBe(did(2))
    expect(schedule.behindMs(60_000)).toBe(0)
    schedule.gaveUp(did(2), 60_000)
    expect(schedule.behindMs(119_999)).toBe(0)
    expect(schedule.behindMs(121_000)).toBe(1_000)
    schedule.drop(did(2))
    expect(schedule.behindMs(121_000)).toBe(0)
  })

  it("keeps to the budget of a principal, and to how many it follows", () => {
    const schedule = make({ principalPerMinute: 2, maximum: 3 })
    expect([1, 2, 3].map((n) => schedule.ask(did(n), "a", 0))).toEqual(["asked", "asked", "budget"])
    expect(schedule.ask(did(3), "b", 0)).toBe("asked")
    expect(schedule.ask(did(4), "c", 0)).toBe("full")
    expect(make().ask("did:web:127.0.0.1", null, 0)).toBe("unfit")
  })

  it("tries again soon where what was found could not be handed in", () => {
    const schedule = make()
    schedule.ask(did(1), null, 0)
    schedule.take(0)
    schedule.gaveUp(did(1), 1_000)
    expect(schedule.take(60_999)).toBe(null)
    expect(schedule.take(61_000)).toBe(did(1))
  })

  it("believes the later word, in whatever order words come", () => {
    const schedule = make()
    schedule.found(did(1), { checked: 2 * HOUR, expires: 74 * HOUR })
    schedule.notFound(did(1), { checked: HOUR, again: HOUR + 1 })
    expect(schedule.take(7 * HOUR)).toBe(null)
  })

  it("holds many without growing beyond them", () => {
    const schedule = make({ maximum: 5_000, hostPerMinute: 1_000_000 })
    for (let round = 0; round < 4; round++)
      for (let n = 0; n < 5_000; n++) schedule.found(did(n), { checked: round * HOUR, expires: 80 * HOUR })
    expect(schedule.size).toBe(5_000)
    let taken = 0
    while (schedule.take(9 * HOUR) !== null) taken++
    expect(taken).toBe(5_000)
  })
})

it("gives what is due in the order of time", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), (times) => {
      const heap = new DueHeap()
      for (const at of times) heap.push({ at, did: `did:web:${at}` })
      const found: Array<number> = []
      for (let item = heap.pop(); item !== undefined; item = heap.pop()) found.push(item.at)
      expect(found).toEqual([...times].sort((a, b) => a - b))
    }),
  )
})
