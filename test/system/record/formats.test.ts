/** A device may sign as JWS and as COSE, one message so and the next otherwise: its sequence, chain and trust are the same. */
import { type Device, World } from "@assay/fleet"
import { type CoseClaims, coseMessage, openMessage } from "@assay/message"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const NOW = 1_760_000_000
const world = new World({ seed: "formats", now: NOW })

/** The messages of a device from its first on, each as the named format. */
const speak = (device: Device, formats: ReadonlyArray<"jws" | "cose">): ReadonlyArray<Buffer> =>
  formats.map((format) => {
    const claims = device.payload()
    const jws = device.message()
    if (format === "jws") return jws.bytes
    const { key, kid } = device.profile.identity
    const bytes = coseMessage(claims as unknown as CoseClaims, key, kid)
    const opened = openMessage(bytes)
    if ("reason" in opened) throw new Error(opened.detail)
    device.said(opened.digest.toString("base64url"))
    return bytes
  })

const decided = async (formats: ReadonlyArray<"jws" | "cose">, topology: "chained" | "staged") => {
  const device = world.device("speaker")
  const driver = await Driver.open({ roots: world.rootSet, now: NOW * 1000, topology, partitions: 1 })
  try {
    await driver.know(world)
    await driver.say(device.did, device.presentation())
    await driver.settle()
    for (const bytes of speak(device, formats)) await driver.say(device.did, { bytes })
    await driver.settle()
    const decisions = [...(await driver.decisions("annotated")), ...(await driver.decisions("verified"))]
    expect((await driver.replay()).differences).toEqual([])
    return decisions
      .filter(({ claims }) => claims?.kind === "message")
      .map(({ claims, decision, verdicts }) => ({
        seq: claims?.kind === "message" ? claims.seq : -1,
        outcome: decision!.outcome,
        reasons: Object.values(verdicts).flatMap((verdict) => verdict?.reasons ?? []),
      }))
      .sort((a, b) => a.seq - b.seq)
  } finally {
    await driver.close()
  }
}

describe.each(["chained", "staged"] as const)("formats of messages, %s", (topology) => {
  it("make no difference to what is decided", async () => {
    const wanted = await decided(new Array<"jws">(24).fill("jws"), topology)
    expect(wanted.at(-1)!.outcome).toBe("verified")
    expect(await decided(new Array<"cose">(24).fill("cose"), topology)).toEqual(wanted)
    const mixed = Array.from({ length: 24 }, (_, n) => (n % 3 === 0 ? ("jws" as const) : ("cose" as const)))
    expect(await decided(mixed, topology)).toEqual(wanted)
  })
})
