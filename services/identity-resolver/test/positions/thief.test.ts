/**
 * A thief has copied the key, and all that the device knew then. Both speak, in any order, and the thief does what may help:
 * leap, boot, race ahead, fill places that were lost, name nothing. Times are seconds; the clocks agree.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Heard, Listener, QUIET, type Said, SECOND, Speaker } from "./speaker.ts"

const T0 = 1_700_000_000
interface Move {
  readonly who: "device" | "thief"
  readonly does: "say" | "lose" | "boot" | "leap" | "far" | "fill" | "nameless" | "race"
}
interface Story {
  readonly before: number
  readonly lost: ReadonlyArray<number>
  readonly moves: ReadonlyArray<Move>
}

const moves: fc.Arbitrary<ReadonlyArray<Move>> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({ who: "device", does: "say" } as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom({ who: "device", does: "lose" }, { who: "device", does: "boot" } as const),
    },
    { weight: 4, arbitrary: fc.constant({ who: "thief", does: "say" } as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        { who: "thief", does: "leap" } as const,
        { who: "thief", does: "far" } as const,
        { who: "thief", does: "boot" } as const,
        { who: "thief", does: "fill" } as const,
        { who: "thief", does: "nameless" } as const,
        { who: "thief", does: "race" } as const,
      ),
    },
  ),
  { minLength: 4, maxLength: 60 },
)

const stories: fc.Arbitrary<Story> = fc.record({
  before: fc.integer({ min: 1, max: 30 }),
  lost: fc.array(fc.integer({ min: 0, max: 29 }), { maxLength: 4 }),
  moves,
})

const play = ({ before, lost, moves }: Story): Listener => {
  const device = new Speaker("device")
  const listener = new Listener()
  let now = T0
  const missing: Array<Said> = []
  const hear = (said: Said): Heard => listener.hear(said, now * SECOND)
  for (let n = 0; n < before; n++) {
    now += 1
    const said = device.say(now)
    if (lost.includes(n) && n > 0) missing.push(said)
    else hear(said)
  }
  const thief = device.copy("thief")
  let last: Said | null = null
  let hasSpoken = false
  let hasCounted = false
  let hasLost = lost.some((n) => n > 0 && n < before)
  for (const { who, does } of moves) {
    now += 1
    const heard: Array<[said: Said, heard: Heard]> = []
    const say = (speaker: Speaker, change: Partial<Said> = {}): void => {
      const said = speaker.say(now, change)
      heard.push([said, hear(said)])
    }
    if (who === "device") {
      if (does === "lose") {
        device.say(now)
        hasLost = true
        continue
      }
      if (does === "boot") device.boot()
      say(device)
    } else if (does === "say") say(thief)
    else if (does === "boot" || does === "far") {
      thief.boot(does === "far" ? 1_000 : 1)
      say(thief)
    } else if (does === "leap") {
      thief.seq += 7
      say(thief, { prv: new Uint8Array(32).fill(9) })
    } else if (does === "nameless") say(thief, { prv: null })
    else if (does === "race") for (let n = 0; n < 40; n++) say(thief)
    else {
      const place = missing.at(0)
      if (place === undefined) continue
      say(new Speaker("thief"), { epo: place.epo, seq: place.seq, prv: place.prv })
    }
    for (const [said, one] of heard) {
      if (said.by === "device") {
        // Until a fork is proven, what the device signs newly never looks late or repeated.
        if (listener.forks.length === 0) expect(one).not.toBe("seen")
        // Whatever counted of the thief, the device's next message proves that there are two. Where it boots, and the thief has
        // gone on so far that what the boot names is forgotten, neither counts from then on.
        if (hasCounted && !hasLost && listener.forks.length === 0) expect(one).toBe("side")
        last = said
      } else {
        // Beside the device it counts only on places that were lost before the device's own: its late messages, as far as
        // anybody can tell, and the last of them proves the fork.
        const isInHole = last !== null && (said.epo < last.epo || (said.epo === last.epo && said.seq < last.seq))
        if (last !== null && hasSpoken && one === "main" && !isInHole) expect(listener.forks.length).toBeGreaterThan(0)
        hasCounted ||= one === "main"
        hasSpoken = true
      }
    }
  }
  return listener
}

/** The thief waits, and says some messages at once that name one another, the first of them nothing that is held. */
interface Burst {
  readonly wait: number
  readonly does: "leap" | "boot" | "far"
  readonly messages: number
}

/** Seconds between each message of the thief that counted and the last one of the device before it, where a network loses some. */
const gained = (lost: ReadonlyArray<boolean>, bursts: ReadonlyArray<Burst>): ReadonlyArray<number> => {
  const device = new Speaker("device")
  const listener = new Listener()
  let now = T0
  let last = T0
  const hear = (said: Said): Heard => listener.hear(said, now * SECOND)
  for (let n = 0; n < 5; n++) {
    now += 1
    last = now
    hear(device.say(now))
  }
  const thief = device.copy("thief")
  const gains: Array<number> = []
  const waiting = [...bursts]
  let due = now + (waiting[0]?.wait ?? 0)
  for (const isLost of lost) {
    now += 1
    const said = device.say(now)
    if (!isLost) {
      hear(said)
      last = now
    }
    if (now < due || listener.forks.length > 0) continue
    const burst = waiting.shift()
    if (burst === undefined) break
    due = now + (waiting[0]?.wait ?? 0)
    if (burst.does === "leap") thief.seq = device.seq + 50
    else thief.boot(burst.does === "far" ? 1_000 : 1)
    for (let n = 0; n < burst.messages; n++)
      if (hear(thief.say(now, n === 0 ? { prv: null } : {})) === "main") gains.push(now - last)
  }
  return gains
}

describe("a thief with a copy", () => {
  it("does not count beside a device that loses messages either, while one of them arrives in a quarter of the period", () => {
    const burst = fc.record({
      wait: fc.integer({ min: 1, max: 120 }),
      does: fc.constantFrom("leap" as const, "boot" as const, "far" as const),
      messages: fc.integer({ min: 2, max: 5 }),
    })
    fc.assert(
      fc.property(
        // The first is lost, so that the device is contested all along.
        fc
          .array(fc.integer({ min: 0, max: 9 }), { minLength: 150, maxLength: 250 })
          .map((all) => all.map((n, i) => i === 0 || n < 3)),
        fc.array(burst, { minLength: 1, maxLength: 4 }),
        (lost, bursts) => {
          for (const silence of gained(lost, bursts)) expect(silence).toBeGreaterThanOrEqual(QUIET / SECOND / 4)
        },
      ),
      { numRuns: 15 },
    )
  })

  it("never counts as the device beside it without a proven fork, and the device never looks late", () => {
    fc.assert(
      fc.property(stories, (story) => {
        play(story)
      }),
      { numRuns: 400 },
    )
  })
})
