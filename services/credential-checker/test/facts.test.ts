import { ERROR, INVALID } from "@assay/jose/verify"
import { expect, it } from "vitest"
import { credentialStage } from "../src/stage.ts"
import { bundleOf, credentialOf, messageOf, partition, presentationOf } from "./world.ts"

it("gathers without waiting where nothing was presented", () => {
  const { stage } = partition()
  expect(stage.gather!([messageOf(), messageOf({ bundle: null })], [])).toMatchObject([
    { presented: [] },
    { view: null, presented: [] },
  ])
})

it("verifies itself what a dead thread did not", async () => {
  const dead = credentialStage({ verify: async (jobs) => new Uint8Array(jobs.length).fill(ERROR) })
  const forged = `${credentialOf().split(".").slice(0, 2).join(".")}.${credentialOf({ class: "x" }).split(".")[2]}`
  const [facts] = await dead.gather!([presentationOf([credentialOf(), forged])], [])
  expect(facts!.presented).toMatchObject([{ credential: { indices: [7] } }, { reason: "credential.signature_invalid" }])
})

it("verifies no credential while no bundle is in force: a presentation costs what any message costs", async () => {
  let verified = 0
  const stage = credentialStage({
    verify: async (jobs) => {
      verified += jobs.length
      return new Uint8Array(jobs.length).fill(INVALID)
    },
  })
  const tokens = [credentialOf(), credentialOf({ class: "fan" })]
  expect(await stage.gather!([presentationOf(tokens, { bundle: null })], [])).toMatchObject([
    { view: null, presented: [] },
  ])
  expect(verified).toBe(0)
})

it("keeps many presentations of one batch apart", async () => {
  const { stage } = partition()
  const good = credentialOf()
  const other = credentialOf({ class: "fan" })
  const entries = [
    presentationOf([good, "x"]),
    messageOf(),
    presentationOf(["x", other, good]),
    presentationOf([other], { bundle: bundleOf({ over: { issuers: [] } }) }),
  ]
  const facts = await stage.gather!(entries, [])
  const kinds = facts.map(({ presented }) =>
    presented.map((item) => ("reason" in item ? item.reason : item.credential.terms.class)),
  )
  expect(kinds).toEqual([
    ["pump", "credential.malformed"],
    [],
    ["credential.malformed", "fan", "pump"],
    ["credential.issuer_untrusted"],
  ])
})

it("remembers no more verdicts on signatures than it may", async () => {
  let verified = 0
  const stage = credentialStage(
    {
      verify: async (jobs) => {
        verified += jobs.length
        return new Uint8Array(jobs.length).fill(INVALID)
      },
    },
    { maxVerified: 1 },
  )
  const [a, b] = [credentialOf(), credentialOf({ class: "fan" })]
  for (const token of [a, a, b, a]) await stage.gather!([presentationOf([token])], [])
  expect(verified).toBe(3)
})
