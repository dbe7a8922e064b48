import { describe, expect, it } from "vitest"
import { messageOf, submissionOf } from "../../src/onem2m/message.ts"

const JWS = "eyJhbGciOiJFZDI1NTE5In0.eyJpc3MiOiJkaWQ6a2V5OnoifQ.c2ln"
/** It ends in the byte of a line end. */
const COSE = Buffer.from([0xd2, 0x84, 0x40, 0xa0, 0x40, 0x41, 10])
const read = (content: unknown, contentInfo: string | null = null) => messageOf({ content, contentInfo })

describe("a content instance", () => {
  it.each<[string, unknown, string | null]>([
    ["text", JWS, null],
    ["text with its media type", JWS, "application/jose:0"],
    ["text with a line end", `${JWS}\r\n`, "text/plain:0"],
    ["base64", Buffer.from(JWS).toString("base64"), "application/jose:1"],
    ["base64url", Buffer.from(JWS).toString("base64url"), ":1"],
    ["bytes, as CBOR has them", Buffer.from(JWS), null],
  ])("holds a message as %s", (_, content, contentInfo) => {
    expect(read(content, contentInfo)).toMatchObject({ bytes: Buffer.from(JWS), mediaType: "application/jose" })
  })

  it("keeps the last byte of what is no text", () => {
    const bytes = Buffer.from([0xd2, 1, 10])
    expect(read(bytes.toString("base64"), "application/cose:1")).toMatchObject({ bytes, mediaType: "application/cose" })
  })

  it.each<[string, unknown, string | null]>([
    ["base64 without a media type", COSE.toString("base64"), ":1"],
    ["bytes, as CBOR has them", COSE, null],
    ["base64 that is said to be JSON", COSE.toString("base64"), "application/json:1"],
  ])("holds a COSE message as %s, whole", (_, content, contentInfo) => {
    expect(read(content, contentInfo)).toMatchObject({ bytes: COSE, mediaType: "application/cose" })
  })

  it.each<[string, unknown, string | null, string]>([
    ["a number", 21.5, null, "content"],
    ["an object", { t: 1 }, null, "content"],
    ["nothing", undefined, null, "content"],
    ["what says that it is base64 and is not", "a.b.c", "application/jose:1", "content"],
    ["an encoding that nobody knows", JWS, "application/jose:9", "content"],
    ["an empty text", "", null, "empty"],
    ["a line end", "\n", null, "empty"],
    ["more than 1 MiB", "a".repeat((1 << 20) + 1), null, "too_large"],
  ])("of %s is not taken", (_, content, contentInfo, code) => {
    expect(read(content, contentInfo)).toBe(code)
  })
})

it("keeps where it lay, and who made it as the CSE says, and takes neither for more", () => {
  const message = read(JWS)
  if (typeof message === "string") throw new Error(message)
  const instance = { resourceId: "cin1", creator: "CPump;x=1 y" }
  expect(submissionOf(message, instance, "/id-in", "/id-in/CPump")).toMatchObject({
    binding: "onem2m",
    originator: "/id-in/cin1;cr=CPump%3Bx%3D1%20y",
    principal: "/id-in/CPump",
  })
})
