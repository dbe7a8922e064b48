/** A principal with the role siem, on a broker that refuses what nobody allowed: it explains every block, and sees no more. */
import type { Done } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { openRoleDeployment, type RoleDeployment } from "./role-deployment.ts"

const STEP_MS = 300_000

describeBroker("the role siem", () => {
  let deployment: RoleDeployment
  let origin = ""
  const siem = (...args: ReadonlyArray<string>): Promise<Done> => deployment.call(...args)

  beforeAll(async () => {
    deployment = await openRoleDeployment("siem")
    origin = deployment.origin
  }, STEP_MS)
  afterAll(() => deployment?.close(), STEP_MS)

  it("explains a block, tails and exports it", { timeout: STEP_MS }, async () => {
    await vi.waitFor(async () => expect(await siem("explain", origin)).toMatchObject({ code: 0 }), {
      timeout: 120_000,
      interval: 500,
    })
    const explained = await siem("explain", origin)
    expect(explained.out).toContain("credential.missing (fail, about the device)")
    expect(explained.out).toContain("to do: Let the device show its credential")
    for (const stream of ["quarantined", "rejected", "undecided", "deadletter", "audit", "checkpoints", "verified"])
      expect(await siem("tail", stream, "--from", "0", "--no-follow"), stream).toMatchObject({ code: 0, err: "" })
    const rows = await siem("export", "--outcome", "quarantined,rejected")
    expect(rows).toMatchObject({ code: 0 })
    expect(rows.out).toContain("credential.missing")
  })

  it("proves and verifies it, with a copy of the sealed log", { timeout: STEP_MS }, async () => {
    await vi.waitFor(
      async () =>
        expect(await siem("prove", origin, "--data", "seal", "--out", "proof.tlog-proof")).toMatchObject({ code: 0 }),
      { timeout: 120_000, interval: 500 },
    )
    expect(await siem("verify-proof", "proof.tlog-proof", "--key", "seal/vkeys")).toMatchObject({ code: 0 })
    expect(await siem("verify", "seal", "--key", "seal/vkeys")).toMatchObject({ code: 0 })
  })

  it("sees nothing that waits to be decided, and learns which role would", { timeout: STEP_MS }, async () => {
    for (const stream of ["submitted", "identified", "knowledge"])
      expect(await siem("tail", stream, "--from", "0", "--no-follow"), stream).toMatchObject({
        code: 2,
        err: expect.stringMatching(/may not see .*: grant it its role with assay topics apply --acls/),
      })
    const later = origin.replace(/\d+$/, "999999")
    expect(await siem("explain", later)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/what was submitted there is not for this principal: .*needs the role/),
    })
  })
})
