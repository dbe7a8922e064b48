/** Slices that are cut and signed by the command open on a device, and come into force. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openItem, PASSPORT_POLICY } from "@assay/knowledge"
import { readRoots } from "@assay/node/roots"
import { openSlice, type Slice } from "@assay/passport"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"

const SIGNER = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
let cwd = ""
const run = (...args: ReadonlyArray<string>) => assay([...args], { cwd })
const call = (...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...[
    "passport",
    "slice",
    "--policy",
    "plant/policy.yaml",
    "--bundle",
    "plant/bundle.dsse",
    "--roots",
    "plant/roots.json",
  ],
  ...["--keys", "plant/keys/root-1.json,plant/keys/root-2.json", "--out", "slices", ...more],
]

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-slices-"))
  expect((await run("init", "plant")).code).toBe(0)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

it("one of each zone, or of those that are named", async () => {
  const all = await run(...call("--signers", SIGNER, "--json"))
  expect([all.code, all.err]).toEqual([0, ""])
  expect(JSON.parse(all.out).slices.map(({ zone }: { zone: string }) => zone)).toEqual([
    "field",
    "operations",
    "control",
  ])
  const roots = readRoots(join(cwd, "plant/roots.json"), null)
  const signed = readFileSync(join(cwd, "slices/field.dsse"))
  expect(openItem(PASSPORT_POLICY, signed, { roots, bundle: null })).toMatchObject({ subject: "field" })
  const slice = (await openSlice(signed, roots, null)) as Slice
  expect(slice).toMatchObject({ zone: "field", trustDomain: "https://plant.example/", signers: [SIGNER] })
  expect(slice.limits.passport).toBe(86_400)

  const later = ["--zone", "field", "--slice-version", String(slice.version + 1), "--passport-hours", "2"]
  expect((await run(...call("--signers", SIGNER, ...later))).code).toBe(0)
  const newer = (await openSlice(readFileSync(join(cwd, "slices/field.dsse")), roots, slice)) as Slice
  expect([newer.version, newer.limits.passport]).toEqual([slice.version + 1, 7_200])
})

it.each([
  [["--signers", "did:web:x"], "--signers: did:web:x"],
  [["--signers", SIGNER, "--zone", "sea"], "the policy has no zone sea, only field, operations, control"],
  [["--signers", `${SIGNER},${SIGNER}`], "names the same key again"],
  [[], "--signers"],
])("%j is refused: %s", async (more, says) => {
  const done = await run(...call(...more))
  expect([done.code, done.err]).toEqual([2, expect.stringContaining(says)])
})
