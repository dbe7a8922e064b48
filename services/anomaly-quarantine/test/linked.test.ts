/** What keeps up the trust of a device: messages that it signed of late, and that link to what is held of it. */
import { describe, expect, it } from "vitest"
import { Harness, type Said } from "./harness.ts"

const D = "did:key:zA"
const DAY = 86_400_000
const HOUR = 3_600_000
const CONTESTED: Said = { identity: ["identity.contested"] }
const UNLINKED: Said = { ...CONTESTED, integrity: ["integrity.chain_pending"] }

const trusted = (): Harness => {
  const harness = new Harness()
  harness.trusted(D)
  expect(harness.trust(D)).toBe("trusted")
  return harness
}

describe("a device is heard", () => {
  it.each<[string, Said]>([
    ["what was held back until it was stale", { identity: ["identity.stale"] }],
    ["what was held back for its class", { credential: ["credential.stale"] }],
    ["old telemetry with its chain", { identity: ["identity.backfill"] }],
    ["the same by its class", { credential: ["credential.backfill"] }],
    ["what is contested", CONTESTED],
    ["what has a rival", { identity: ["identity.rival"] }],
    ["what comes from the future", { identity: ["identity.future"] }],
  ])("not by %s: its trust lapses all the same, and charges nobody", (_, said) => {
    const harness = trusted()
    const { good, bad } = harness.device(D)!
    for (let n = 0; n < 8; n++) {
      harness.say(D, { ...said, time: DAY })
      harness.tick(0)
    }
    expect(harness.trust(D)).toBe("stale")
    expect(harness.device(D)).toMatchObject({ good, bad })
  })

  it.each<[string, Said]>([
    ["after a gap", { integrity: ["integrity.chain_gap"] }],
    ["before one that is on its way", { integrity: ["integrity.chain_pending"] }],
    ["that its policy withholds", { segmentation: ["segmentation.outside_window"] }],
  ])("by a message of now %s", (_, said) => {
    const harness = trusted()
    for (let n = 0; n < 20; n++) {
      harness.say(D, { ...said, time: DAY })
      harness.tick(0)
    }
    expect(harness.trust(D)).toBe("trusted")
  })
})

describe("a device of which nothing links", () => {
  it("is trusted no more after 64 messages and an hour, says why, and earns it back by messages that link", () => {
    const harness = trusted()
    const { good, bad } = harness.device(D)!
    const step = { ...UNLINKED, time: HOUR / 60 }
    let messages = 0
    for (; harness.trust(D) === "trusted"; messages++) harness.say(D, step)
    expect(messages).toBe(64)
    expect(harness.events.at(-1)).toEqual({
      kind: "transition",
      device: D,
      from: "trusted",
      to: "stale",
      cause: ["anomaly.stale"],
    })
    for (let n = 0; n < 100; n++) harness.say(D, step)
    expect(harness.trust(D)).toBe("stale")
    expect(harness.device(D)).toMatchObject({ good, bad })
    for (let n = 0; n < 8; n++) expect(harness.say(D).decision?.outcome).toBe("annotated")
    expect(harness.trust(D)).toBe("trusted")
    expect(harness.say(D).decision?.outcome).toBe("verified")
  })

  it("is not so soon: a burst of losses is over within the hour", () => {
    const harness = trusted()
    for (let n = 0; n < 3_000; n++) harness.say(D, UNLINKED)
    expect(harness.trust(D)).toBe("trusted")
  })

  it.each<[string, Said]>([
    ["is linked now and then", {}],
    ["is late", { identity: ["identity.stale"] }],
  ])("keeps its trust where one of fifty %s", (_, linked) => {
    const harness = trusted()
    for (let n = 0; n < 500; n++) harness.say(D, { ...(n % 50 === 49 ? linked : UNLINKED), time: HOUR / 60 })
    expect(harness.trust(D)).toBe("trusted")
  })

  it("keeps it where what is contested links among itself: that becomes the device's, or a rival is found", () => {
    const harness = trusted()
    for (let n = 0; n < 500; n++) harness.say(D, { ...CONTESTED, time: HOUR / 60 })
    expect(harness.trust(D)).toBe("trusted")
  })
})
