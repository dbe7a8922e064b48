/** A passport beside a proof of membership: whose it is, and by whose word. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { signPassport } from "@assay/passport-issuer"
import { openSigner } from "@assay/signing"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"
import { checkPassport } from "../../src/anchor/member.ts"
import { readArguments } from "../../src/command.ts"
import { anchor } from "../../src/commands/anchor.ts"

let cwd = ""
let device = ""
let other = ""
const HOUR = 3_600
const NOW = Date.now()
const run = (...args: ReadonlyArray<string>) => assay([...args], { cwd })
const at = (name: string): string => join(cwd, name)

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-member-"))
  expect((await run("init", "plant")).code).toBe(0)
  const made = async (name: string): Promise<string> =>
    JSON.parse((await run("keygen", "--out", name, "--json")).out).did
  const issuer = await made("issuer.json")
  device = await made("device.json")
  other = await made("other.json")
  const slice = await run(
    ...["passport", "slice", "--policy", "plant/policy.yaml", "--bundle", "plant/bundle.dsse"],
    ...["--roots", "plant/roots.json", "--keys", "plant/keys/root-1.json,plant/keys/root-2.json"],
    ...["--out", "slices", "--zone", "field", "--signers", issuer],
  )
  expect([slice.code, slice.err]).toEqual([0, ""])
  const iat = Math.floor(NOW / 1_000)
  const signer = await openSigner(at("issuer.json"))
  const signed = (serial: number) =>
    signPassport(
      {
        sub: device,
        aud: "https://plant.example/",
        iat,
        exp: iat + HOUR,
        jti: Buffer.from(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, serial)).toString("base64url"),
        "ear.status": "none",
        m2m: {
          trust: "trusted",
          reputation: 90,
          zone: "field",
          class: "pump",
          assurance: "software",
          acts: ["telemetry"],
          audiences: ["https://plant.example/*"],
          log: null,
        },
      },
      signer,
    )
  const { jwt } = await signed(0)
  // The last byte of a signature may be a line feed, and is no end of a line.
  let cwt = (await signed(0)).cwt!
  for (let serial = 1; cwt.at(-1) !== 0x0a && serial < 256; serial++) cwt = (await signed(serial)).cwt!
  expect(cwt.at(-1)).toBe(0x0a)
  await signer.close()
  writeFileSync(at("passport.jwt"), `${Buffer.from(jwt).toString("utf8")}\n`)
  writeFileSync(at("passport.cwt"), cwt)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const check = (file: string, did: string, now = NOW, slice = "slices/field.dsse") =>
  checkPassport(
    readArguments(anchor, ["verify", "file", "--slice", at(slice), "--roots", at("plant/roots.json")], {}),
    at(file),
    did,
    now,
  )

it("is the device's where its signer is one of the slice, in either form", async () => {
  for (const file of ["passport.jwt", "passport.cwt"])
    expect(await check(file, device), file).toEqual({ ok: true, text: expect.stringContaining("runs until") })
})

it("of another device, one that ended, and what is none, do not count", async () => {
  expect(await check("passport.jwt", other)).toEqual({ ok: false, text: `the passport is that of ${device}` })
  expect(await check("passport.jwt", device, NOW + 2 * HOUR * 1_000)).toMatchObject({ ok: false })
  writeFileSync(at("junk"), "junk")
  expect(await check("junk", device)).toEqual({ ok: false, text: "the passport is refused: passport.malformed" })
  expect(await check("passport.jwt", device, NOW, "junk")).toEqual({
    ok: false,
    text: "the slice is refused: slice.malformed",
  })
})
