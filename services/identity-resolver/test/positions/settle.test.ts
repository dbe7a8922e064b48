import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Heard, Listener, QUIET, type Said, SECOND, Speaker } from "./speaker.ts"

const T0 = 1_700_000_000

/** A device that is heard for a while, a second apart. */
const known = (count = 5) => {
  const device = new Speaker("device")
  const listener = new Listener()
  for (let n = 0; n < count; n++) expect(listener.hear(device.say(T0 + n), (T0 + n) * 1000)).toBe("main")
  return { device, listener, now: T0 + count }
}
const at = (second: number): number => second * SECOND

describe("a device's sequence", () => {
  it("goes on by name: counters that it leaves out and boots are no jump", () => {
    const { device, listener, now } = known()
    device.seq += 40
    expect(listener.hear(device.say(now), at(now))).toBe("main")
    device.boot(1_000)
    expect(listener.hear(device.say(now), at(now))).toBe("main")
    device.boot()
    device.seq = 7
    expect(listener.hear(device.say(now), at(now))).toBe("main")
    expect(listener.hear(device.say(now), at(now))).toBe("main")
  })

  it("is contested after a loss, until the lost message comes", () => {
    const { device, listener, now } = known()
    const lost = device.say(now)
    const heard = [1, 2, 3].map((n) => listener.hear(device.say(now + n), at(now + n)))
    expect(heard).toEqual(["side", "side", "side"])
    expect(listener.hear(lost, at(now + 4))).toBe("main")
    expect(listener.hear(device.say(now + 5), at(now + 5))).toBe("main")
    expect(listener.hear(lost, at(now + 6))).toBe("seen")
  })

  it("is contested after a loss, until the device was otherwise silent for the period", () => {
    const { device, listener, now } = known()
    const lost = device.say(now)
    const heard: Array<Heard> = []
    for (let n = 1; n < 80; n++) heard.push(listener.hear(device.say(now + n), at(now + n)))
    expect(heard.indexOf("main")).toBe(QUIET / SECOND)
    expect(new Set(heard.slice(QUIET / SECOND))).toEqual(new Set(["main"]))
    // Named by its successor, it is good however late.
    expect(listener.hear(lost, at(now + 1000))).toBe("main")
    expect(listener.state!.adopted).toBe(false)
  })

  /** What is heard of a device that speaks each second, of whose messages every `nth` is lost. */
  const losing = (nth: number, seconds: number): ReadonlyArray<Heard> => {
    const { device, listener, now } = known()
    const heard: Array<Heard> = []
    for (let n = 0; n < seconds; n++) {
      const said = device.say(now + n)
      if (n % nth !== 0) heard.push(listener.hear(said, at(now + n)))
    }
    expect(listener.forks).toEqual([])
    return heard
  }

  it.each([50, 40, 25])("counts now and then, however long a network loses one of its messages in %d", (nth) => {
    const heard = losing(nth, 1_000)
    const main = heard.filter((one) => one === "main").length
    expect(main).toBeGreaterThan(100)
    // Whatever the loss, the main branch was silent for the whole period before another one took its place.
    expect(heard.indexOf("main")).toBeGreaterThanOrEqual(QUIET / SECOND - 2)
    const runs = heard
      .join()
      .split(/(?:main,?)+/)
      .filter((run) => run !== "")
    for (const run of runs.slice(0, -1))
      expect(run.split(",").filter((one) => one !== "").length).toBeGreaterThanOrEqual(QUIET / SECOND - 3)
  })

  it("does not count where no run outlasts a quarter of the period: nothing shows that a copy would have been noticed", () => {
    expect(new Set(losing(10, 1_000))).toEqual(new Set(["side"]))
  })

  it.each([65, 1_000_000])("comes back after %d boots that nobody saw", (boots) => {
    const { device, listener, now } = known()
    for (let n = 0; n < boots % 1000; n++) {
      device.boot()
      device.say(now)
    }
    device.boot(boots)
    let last: Heard = "seen"
    for (let n = 0; n < 70; n++) last = listener.hear(device.say(now + n), at(now + n))
    expect(last).toBe("main")
  })

  it("takes any order in which no message waits for long, and is whole afterwards", () => {
    const delays = fc.array(fc.tuple(fc.integer({ min: 0, max: 15 }), fc.boolean()), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(delays, (late) => {
        const device = new Speaker("device")
        const listener = new Listener()
        listener.hear(device.say(T0), at(T0))
        const sent = late.map(([delay, boots], n) => {
          if (boots && n % 7 === 0) device.boot()
          return { said: device.say(T0 + n), due: n + delay + n / 1000 }
        })
        sent.sort((a, b) => a.due - b.due)
        for (const { said } of sent) expect(["main", "side"]).toContain(listener.hear(said, at(T0 + 60)))
        expect(listener.forks).toEqual([])
        expect(listener.hear(device.say(T0 + 61), at(T0 + 61))).toBe("main")
        for (const { said } of sent) expect(listener.hear(said, at(T0 + 62))).toBe("seen")
      }),
      { numRuns: 300 },
    )
  })

  it("knows what lay on a branch over several boots, also once the branch before it has come after all", () => {
    const device = new Speaker("device")
    const listener = new Listener()
    const [first, second, third] = [T0 + 1, T0 + 2, T0 + 22].map((second) => {
      device.boot()
      return device.say(second)
    })
    device.boot()
    const fourth = device.say(T0 + 222)
    device.boot()
    const fifth = device.say(T0 + 223)
    expect(listener.hear(first!, at(T0 + 1))).toBe("main")
    expect(listener.hear(fourth, at(T0 + 222))).toBe("side")
    listener.hear(fifth, at(T0 + 282))
    expect(listener.hear(second!, at(T0 + 283))).toBe("main")
    expect(listener.hear(third!, at(T0 + 283))).toBe("main")
    expect(listener.hear(fourth, at(T0 + 283))).toBe("seen")
  })

  it("knows a lost message that came while its branch was adopted, also once that one gave way and another was adopted", () => {
    const device = new Speaker("device")
    const listener = new Listener()
    const said = [1, 2, 3, 4, 24, 44, 244].map((second) => {
      device.boot()
      return device.say(T0 + second)
    })
    const arrivals = [
      [0, 2],
      [3, 5],
      [4, 65],
      [2, 66],
      [5, 66],
      [1, 67],
      [6, 244],
    ] as const
    for (const [n, second] of arrivals) expect(listener.hear(said[n]!, at(T0 + second))).not.toBe("seen")
    expect(listener.hear(said[2]!, at(T0 + 245))).toBe("seen")
  })

  it("takes a repeated message for no second one where a branch that reached farther stood meanwhile", () => {
    const device = new Speaker("device")
    const listener = new Listener()
    const said = [1, 2, 3, 4, 5, 6, 7, 8, 208].map((second, n) => {
      if (n < 3) device.boot()
      return device.say(T0 + second)
    })
    const heard = [0, 1, 2, 7, 8, 3].map((n, nth) => listener.hear(said[n]!, at(T0 + (nth < 4 ? 8 : 208))))
    expect(heard).toEqual(["main", "main", "main", "side", "main", "main"])
    expect(listener.hear(said[0]!, at(T0 + 210))).toBe("seen")
  })

  /** A device that boots before each message, `after` seconds behind the one before; `arrivals` are what comes of it, and when. */
  const booting = (after: ReadonlyArray<number>, arrivals: ReadonlyArray<readonly [nth: number, second: number]>) => {
    const device = new Speaker("device")
    const listener = new Listener()
    let now = T0
    const said = after.map((seconds) => {
      now += seconds
      device.boot()
      return device.say(now)
    })
    return arrivals.map(([nth, second]) => listener.hear(said[nth]!, at(T0 + second)))
  }

  it("knows what lay on a branch that another one took the place of, once the branch before both is the main one again", () => {
    const arrivals = [
      [0, 1],
      [2, 22],
      [3, 82],
      [5, 82],
      [6, 142],
      [1, 143],
    ] as const
    const heard = booting([1, 1, 20, 1, 1, 20, 1], [...arrivals, [2, 143], [3, 144], [5, 145]])
    expect(heard.slice(0, 6)).toEqual(["main", "side", "main", "side", "main", "main"])
    expect(heard.slice(6)).toEqual(["seen", "seen", "seen"])
  })

  it("knows what came on more branches than are kept, also once the first of the lost messages comes", () => {
    const lost = Array.from({ length: 20 }, (_, n) => [2 + 2 * n, 2] as const)
    const heard = booting(Array(50).fill(1), [[0, 1], ...lost, [43, 70], [44, 131], [1, 132], [2, 133], [1, 134]])
    expect(heard.slice(-4)).toEqual(["main", "main", "seen", "seen"])
  })

  it("is convicted of nothing, whatever a carrier delays, loses, reorders and repeats", () => {
    const carried = fc.array(
      fc.record({
        delay: fc.integer({ min: 0, max: 400 }),
        lost: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
        again: fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 2 }),
        // Some devices boot for each message.
        boots: fc.integer({ min: 0, max: 9 }),
        // A clock that is set back and forth.
        skew: fc.constantFrom(0, 0, 0, 50, -5_000),
        rest: fc.constantFrom(1, 1, 20, 200),
      }),
      { minLength: 1, maxLength: 90 },
    )
    fc.assert(
      fc.property(carried, fc.constantFrom(1, 9), (way, often) => {
        const device = new Speaker("device")
        const listener = new Listener()
        let now = T0
        const arrivals: Array<{ said: Said; due: number }> = []
        for (const { delay, lost, again, boots, skew, rest } of way) {
          now += rest
          if (boots < often) device.boot()
          const said = device.say(now + skew)
          if (!lost) arrivals.push({ said, due: now + delay })
          for (const more of again) arrivals.push({ said, due: now + delay + more })
        }
        arrivals.sort((a, b) => a.due - b.due)
        const accepted = new Set<Said>()
        for (const { said, due } of arrivals) {
          const heard = listener.hear(said, at(due))
          expect(heard).not.toBe("fork")
          if (heard === "seen") continue
          expect(accepted.has(said), "a repeated message was taken for a new one").toBe(false)
          accepted.add(said)
        }
      }),
      { numRuns: 300 },
    )
  })
})
