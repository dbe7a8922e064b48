import { createHash } from "node:crypto"
import { schemaOf } from "@assay/schemas/load"
import avsc from "avsc"
import { describe, expect, it } from "vitest"
import { identityCodec } from "../src/codec.ts"
import { accept, present, refused } from "../src/window.ts"

const digest = createHash("sha256").update("x").digest()

describe("the stored state", () => {
  it("comes back as it was", () => {
    let state = accept(undefined, { epo: 3, seq: 2 ** 40, iat: 1_700_000_000, digest, offset: 2 ** 40 })
    state = refused(present(state, 1_700_000_001, digest)!, 1_700_000_002)
    expect(identityCodec.decode(identityCodec.encode(state))).toEqual(state)
  })

  it("is what Avro makes of its schema", () => {
    const state = accept(undefined, { epo: 3, seq: 2 ** 40, iat: 1_700_000_000, digest, offset: 2 ** 40 })
    const type = avsc.Type.forSchema(schemaOf("state-identity") as avsc.Schema)
    const stored = type.toBuffer({ version: 1, ...state, memory: Buffer.from(state.memory, "latin1") })
    expect(Buffer.from(identityCodec.encode(state))).toEqual(stored)
  })

  it("holds every counter that a device can sign", () => {
    for (const count of [0, 63, 64, 2 ** 31, 2 ** 52 - 1, 2 ** 52, 2 ** 53 - 2, Number.MAX_SAFE_INTEGER]) {
      const one = accept(undefined, { epo: count, seq: count, iat: count, digest, offset: 0 })
      const state = refused(present(one, count, digest)!, count)
      expect(identityCodec.decode(identityCodec.encode(state))).toEqual(state)
    }
  })

  it("takes less than 900 bytes", () => {
    const state = accept(undefined, { epo: 3, seq: 2 ** 40, iat: 1_700_000_000, digest, offset: 2 ** 40 })
    expect(identityCodec.encode(state).length).toBeLessThan(900)
  })

  it("of another version, or cut short, is refused", () => {
    const bytes = Buffer.from(identityCodec.encode(refused(undefined, 1)))
    expect(() => identityCodec.decode(bytes.subarray(0, 100))).toThrow()
    bytes[0] = 4
    expect(() => identityCodec.decode(bytes)).toThrow("another version")
  })
})
