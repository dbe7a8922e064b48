import { message } from "@assay/testkit/samples"
import type { Claims } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { claimsProblem } from "../../src/order/authenticated.ts"

const claims = message.claims as Claims
const changed = (change: object): string | null => claimsProblem({ ...claims, ...change } as Claims)
const fw = { vendor: "acme", class: "pump", digest: "00".repeat(32), version: "1", svn: 1 }

describe("claims between the stages", () => {
  it("are taken where identity-resolver can have written them", () => {
    expect(claimsProblem(claims)).toBeNull()
    expect(changed({ prv: null })).toBeNull()
  })

  it.each([
    [{ iss: "" }, "no device"],
    [{ iss: "\u0001runner" }, "no device"],
    [{ iss: `did:${"x".repeat(3_000)}` }, "no device"],
    [{ digest: "" }, "digest"],
    [{ digest: "x".repeat(43) }, "digest"],
    [{ prv: "short" }, "prv"],
    [{ fw: { ...fw, vendor: "v".repeat(129) } }, "firmware"],
    [{ fw: { ...fw, class: "c".repeat(5_000) } }, "firmware"],
  ])("are none with %j", (change, names) => {
    expect(changed(change)).toContain(names)
  })

  it("are none where there are none", () => {
    expect(claimsProblem(null)).toContain("not authenticated")
  })
})
