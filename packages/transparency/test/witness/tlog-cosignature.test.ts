/** C2SP tlog-cosignature 1.0, cosignature/v1. */
import { describe, expect, test } from "vitest"
import * as t from "../../src/index.ts"
import { openSigned } from "../../src/note/note.ts"
import { openCosignature } from "../../src/witness/cosignature.ts"

// Made by the Go packages golang.org/x/mod/sumdb/note v0.43.0 and github.com/transparency-dev/formats v0.1.1.
const LOG = t.decodeVkey("log.example/assay+e55da3ba+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk")
const WITNESS = "witness.example/w1+40e99145+BADQWh0eolE5bVV6+9RYizxtmdvrly/tEKMlYuom3Nz6"
const COSIGNED = `log.example/assay
5
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

— log.example/assay 5V2jujTECvjs9Ke7oDBDt7hJwYZ9xr8FNB4O7ILiu3b0fx0NzUlRQ9Iuxji3Eia+1HXeXwijE/xUkthOkGAXUyUHbA4=
— witness.example/w1 QOmRRQAAAABrC4z6rPGPCvEvsSmKpmb+ITCRFQjHTymKRJdcyI5jE4w1pFpVuDOjmjt0Ulitp6PNwn/hgD1b+Jl1eNq1rluty2hVAg==
`
const SIGNED_AT = 0x6b0b8cfa * 1000

const open = (note: string, witness = t.decodeWitnessKey(WITNESS)): t.Cosignature => {
  const { text, unverified } = openSigned(note, LOG)
  return openCosignature(text, unverified, witness)
}
/** The note with another signature of the witness. */
const withBytes = (change: (bytes: Buffer) => Buffer): string =>
  COSIGNED.replace(/(w1 )(\S+)\n$/, (_, name: string, bytes: string) => {
    return `${name}${change(Buffer.from(bytes, "base64")).toString("base64")}\n`
  })

describe("a cosignature", () => {
  test("that Go's witness made verifies, with its time", () => {
    expect(open(COSIGNED)).toEqual({ name: "witness.example/w1", time: SIGNED_AT })
  })

  test("any changed byte of time or signature is found", () => {
    for (let at = 4; at < 76; at++) {
      const changed = withBytes((bytes) => {
        bytes[at]! ^= 1
        return bytes
      })
      expect(() => open(changed)).toThrow("the cosignature of witness.example/w1 does not verify")
    }
  })

  test("is refused where it is missing, of another key, doubled, or of another length", () => {
    const [line] = /— witness.*\n/.exec(COSIGNED)!
    expect(() => open(COSIGNED.replace(line, ""))).toThrow("the checkpoint is not cosigned by witness.example/w1")
    const otherId = withBytes((bytes) => {
      bytes[0]! ^= 1
      return bytes
    })
    expect(() => open(otherId)).toThrow("not cosigned by")
    expect(() => open(`${COSIGNED}${line}`)).toThrow("two cosignatures of")
    expect(() => open(withBytes((bytes) => Buffer.concat([bytes, Buffer.of(0)])))).toThrow("has 73 bytes, not 72")
  })

  test("is no signature of the log, and the log's is none of a witness", () => {
    expect(() => t.openCheckpoint(COSIGNED, t.decodeVkey(WITNESS))).toThrow("the verifier key is not Ed25519")
    expect(() => t.decodeWitnessKey(t.encodeVkey(LOG))).toThrow("not one of a witness")
  })
})
