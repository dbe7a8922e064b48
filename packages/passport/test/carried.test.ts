/** What a device carries: its size, what it needs of its engine, and that it imports nothing. */
import { webcrypto } from "node:crypto"
import { createContext, runInContext } from "node:vm"
import { build } from "rolldown"
import { beforeAll, expect, it } from "vitest"
import {
  claimsFor,
  envelope,
  messageBytes,
  NOW,
  PINS,
  passportCwt,
  SELF,
  SLICE,
  signer,
  snapshotBytes,
} from "./made.ts"

const MAX_BYTES = 15_250

const input = new URL("../src/index.ts", import.meta.url).pathname
let code = ""
let imports: ReadonlyArray<string> = []

beforeAll(async () => {
  const { output } = await build({
    input,
    write: false,
    output: { format: "esm", minify: true, comments: false },
  })
  code = output[0].code
  imports = output[0].imports
})

it("is at most 15.25 kB minified, and imports nothing", () => {
  expect(Buffer.byteLength(code)).toBeLessThanOrEqual(MAX_BYTES)
  expect(Buffer.byteLength(code)).toBeGreaterThan(5_000)
  expect(imports).toEqual([])
})

it("decides in an engine that has nothing but WebCrypto, the text codecs and base64", async () => {
  const peer = signer("ES256")
  const { output } = await build({ input, write: false, output: { format: "iife", name: "passport" } })
  // No Buffer, process, require, fetch, timers or console.
  const context = createContext({ crypto: webcrypto, TextEncoder, TextDecoder, atob, btoa })
  context["given"] = {
    slice: envelope(SLICE),
    pins: PINS,
    passport: passportCwt(claimsFor(peer.did)),
    message: messageBytes(peer),
    snapshot: snapshotBytes(),
    self: { did: SELF, deviceClass: null },
    now: NOW,
  }
  const decided = await runInContext(
    `${output[0].code}; (async ({ slice: bytes, pins, passport: shown, message: said, snapshot: listed, self, now }) => {
      const own = (foreign) => Uint8Array.from(foreign) // of this engine, not of the one around it
      const slice = await passport.openSlice(own(bytes), pins, null)
      const peer = await passport.openPassport(own(shown), slice)
      const message = await passport.openMessage(own(said), peer)
      const snapshot = await passport.openSnapshot(own(listed), slice, null)
      const question = { passport: peer, message, slice, clock: { now, newest: 0 }, self, after: null }
      return JSON.stringify([
        passport.decide({ ...question, revoked: { snapshot, challenge: null } }),
        passport.decide({ ...question, revoked: { snapshot: null, challenge: null } }),
      ])
    })(given)`,
    context,
  )
  expect(JSON.parse(decided as string)).toMatchObject([
    { outcome: "allow", conduit: "control-commands" },
    { outcome: "deny", reasons: ["snapshot.missing"] },
  ])
})
