import { describe, expect, it } from "vitest"
import type { Submission } from "../../src/core/submission.ts"
import { decodeRelayed, encodeRelayed } from "../../src/relay/record.ts"

const submission: Submission = {
  bytes: Buffer.from([0, 10, 255]),
  mediaType: "application/cose",
  binding: "mqtt",
  originator: "plant/7",
  principal: "did:key:z",
  traceparent: null,
}
const line = (changed: object): Buffer =>
  Buffer.from(JSON.stringify({ ...JSON.parse(encodeRelayed(submission)), ...changed }))

describe("a relayed submission", () => {
  it("comes out as it went in, whatever its bytes are", () => {
    expect(decodeRelayed(Buffer.from(encodeRelayed(submission)))).toEqual(submission)
  })

  it.each<[string, Buffer, string]>([
    ["no JSON", Buffer.from("{"), "not JSON"],
    ["no object", Buffer.from("1"), "no object"],
    ["bytes of no text", line({ bytes: 1 }), "base64"],
    ["a binding that is the caller's own", line({ binding: "http" }), "binding"],
    ["a binding of no form", line({ binding: "M Q" }), "binding"],
    ["a media type of no text", line({ mediaType: null }), "mediaType"],
    ["a principal that is no name", line({ principal: {} }), "principal"],
    ["an originator without end", line({ originator: "x".repeat(4_097) }), "originator"],
    ["a trace that is none", line({ traceparent: 7 }), "traceparent"],
  ])("with %s is refused with what is wrong", (_, text, why) => {
    expect(decodeRelayed(text)).toContain(why)
  })
})
