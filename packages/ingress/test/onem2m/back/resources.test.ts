/** What the adapter writes into a CSE, where somebody else takes it away or changes who may read it. */
import { afterEach, beforeEach, expect, it } from "vitest"
import { Resources, TRUST } from "../../../src/onem2m/back/resources.ts"
import { type CseClient, httpClient } from "../../../src/onem2m/client.ts"
import { CseRefusalError } from "../../../src/onem2m/primitive.ts"
import { type ScriptedCse, scriptedCse } from "../scripted-cse.ts"

const AE = "CAssay"
const STANDING = `cse-in/${AE}/${TRUST}/CPump`

let cse: ScriptedCse
let client: CseClient
let resources: Resources
beforeEach(async () => {
  cse = await scriptedCse()
  cse.ae(AE)
  client = httpClient({ url: new URL(cse.url), originator: AE })
  resources = new Resources({ client, cseBase: "/id-in/cse-in", aeId: AE, applications: ["CScreen"] })
})
afterEach(async () => {
  await client.close()
  await cse.close()
})

const written = (): ReadonlyArray<unknown> =>
  [...cse.resources].flatMap(([path, { con }]) => (path.startsWith(`${STANDING}/`) ? [con] : []))

it("makes the containers for standings once, governed by one policy", async () => {
  await resources.tell("CPump", { n: 1 })
  await resources.tell("CPump", { n: 2 })
  expect(written()).toEqual(['{"n":1}', '{"n":2}'])
  const { ri } = cse.resources.get(`cse-in/${AE}/assay-trust`)!
  for (const path of [STANDING, `cse-in/${AE}/${TRUST}`]) expect(cse.resources.get(path)).toMatchObject({ acpi: [ri] })
})

it("makes them anew where somebody has deleted them: the next telling finds out, and the one after it writes", async () => {
  await resources.tell("CPump", { n: 1 })
  await cse.remove(`cse-in/${AE}/${TRUST}`)
  await expect(resources.tell("CPump", { n: 2 })).rejects.toThrow(CseRefusalError)
  await resources.tell("CPump", { n: 2 })
  expect(written()).toEqual(['{"n":2}'])
})

it("has those that are there governed by its policy, whatever governed them before", async () => {
  await resources.tell("CPump", { n: 1 })
  await cse.remove(`cse-in/${AE}/assay-trust`)
  cse.resources.get(STANDING)!["acpi"] = ["acp-of-somebody"]
  await resources.tell("CPump", { n: 2 })
  const { ri } = cse.resources.get(`cse-in/${AE}/assay-trust`)!
  for (const path of [STANDING, `cse-in/${AE}/${TRUST}`]) expect(cse.resources.get(path)).toMatchObject({ acpi: [ri] })
})
