/** RFC 7515 appendix A.3 (ES256) and A.5 (unsecured), and RFC 8725 in spirit. */

import { decodeBase64url } from "@assay/did"
import { describe, expect, it } from "vitest"
import { parseCompact } from "../src/jws/compact/parse.ts"
import { INVALID, VALID, verifyNow } from "../src/verify/in-thread.ts"

const INPUT =
  "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
const SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
const KEY = {
  alg: "ES256" as const,
  publicKey: Buffer.concat([
    Uint8Array.of(4),
    decodeBase64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")!,
    decodeBase64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")!,
  ]),
}

describe("RFC 7515", () => {
  const signature = decodeBase64url(SIGNATURE)!
  it("A.3: verifies ES256", () => {
    expect(verifyNow(KEY, Buffer.from(INPUT), signature)).toBe(VALID)
    expect(verifyNow(KEY, Buffer.from(`${INPUT}x`), signature)).toBe(INVALID)
  })

  it("A.3: its token names no key and no type, so it is none for Assay", () => {
    expect(parseCompact(Buffer.from(`${INPUT}.${SIGNATURE}`), { typ: ["JWT"] })).toMatchObject({
      reason: "typ_refused",
    })
  })

  it("A.5: refuses an unsecured JWS", () => {
    const token =
      "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    expect(parseCompact(Buffer.from(token), { typ: ["JWT"] })).toMatchObject({ reason: "alg_refused" })
  })
})
