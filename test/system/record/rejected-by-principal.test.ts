/** A gateway that changes what it carries is distinguished from devices that err: by principal, and by whether their issuer signed. */

import { envelopeOf } from "@assay/fleet"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

it("keeps the principal of a rejected message, and counts what its issuer had signed", async () => {
  const world = aWorld("by principal")
  const driver = await openDriver(world, { partitions: 1 })
  try {
    const device = world.device("carried")
    const submit = (bytes: Uint8Array, principal: string | null) => ({
      kind: "message" as const,
      label: { honest: true, role: "normal" as const, attack: null, instance: 0, device: device.did, expect: null },
      key: Buffer.from(device.did),
      envelope: { ...envelopeOf(bytes), principal },
    })
    const [one, two] = [device.message().bytes, device.message().bytes]
    const mangled = Buffer.from(two)
    mangled[mangled.length - 20] = mangled[mangled.length - 20] === 0x41 ? 0x42 : 0x41
    await driver.settle()
    await driver.say(device.did, device.presentation(), one)
    await driver.settle()
    await driver.submit([
      submit(mangled, "gateway-1"),
      submit(mangled, "gateway-1"),
      submit(one, "gateway-2"),
      submit(Buffer.from("junk"), "gateway-2"),
      submit(one, null),
    ])
    await driver.settle()
    const kept = (await driver.rejected()).map(({ reasons, principal, signed }) => [reasons[0], principal, signed])
    expect(kept).toEqual([
      ["identity.signature_invalid", "gateway-1", false],
      ["identity.signature_invalid", "gateway-1", false],
      ["identity.replayed", "gateway-2", true],
      ["identity.malformed_jws", "gateway-2", false],
      ["identity.replayed", null, true],
    ])
    const batch = (await driver.audit()).find(({ kind }) => kind === "rejected-batch")!
    expect(JSON.parse(batch.detail!).principals).toEqual([
      { principal: "gateway-1", rejected: 2, signed: 0 },
      { principal: "gateway-2", rejected: 2, signed: 1 },
    ])
    expect(
      driver.decided.flatMap(({ turnedAway }) => (turnedAway === undefined ? [] : [turnedAway.principal])),
    ).toHaveLength(5)
    expect((await driver.replay()).differing).toBe(0)
  } finally {
    await driver.close()
  }
})
