import type { IPublishPacket } from "mqtt"
import { describe, expect, it } from "vitest"
import { originatorOf, readPublication } from "../../src/mqtt/facts.ts"
import { parseTemplates } from "../../src/mqtt/topics.ts"

const DID = "did:key:z6MkExample"
const TEMPLATES = parseTemplates("T", "assay/{device}/m,gw/{principal}/m,old/#")
const packet = (payload: string | Buffer, rest: Partial<IPublishPacket> = {}) => ({
  topic: `assay/${DID}/m`,
  payload,
  retain: false,
  ...rest,
})
const read = (payload: string | Buffer, rest: Partial<IPublishPacket> = {}, takesRetained = true) =>
  readPublication(packet(payload, rest), TEMPLATES, takesRetained)
const bytesOf = (found: ReturnType<typeof read>): ReadonlyArray<string> =>
  typeof found === "string" ? [found] : found.submissions.map(({ bytes }) => Buffer.from(bytes).toString("latin1"))

describe("a publication", () => {
  it("gives what MQTT says of it to the envelope, and the topic's segment as the principal", () => {
    expect(read("a.b.c")).toEqual({
      principal: DID,
      submissions: [
        {
          bytes: Buffer.from("a.b.c"),
          mediaType: "application/jose",
          binding: "mqtt",
          originator: `assay/${DID}/m`,
          principal: DID,
          traceparent: null,
        },
      ],
    })
  })

  it("names a gateway by its segment, and nobody where the template names none", () => {
    expect(read("a.b.c", { topic: "gw/north/m" })).toMatchObject({ principal: "north" })
    expect(read("a.b.c", { topic: "old/pump/7" })).toMatchObject({ principal: null })
  })

  it("never takes a principal from what the publisher writes", () => {
    const userProperties = { principal: "admin", originator: "somebody" }
    const found = read("a.b.c", { properties: { userProperties } })
    expect(found).toMatchObject({ principal: DID })
    expect(found).toMatchObject({ submissions: [{ originator: `assay/${DID}/m;principal=admin;originator=somebody` }] })
  })

  it("takes the trace of the publisher, and its content type", () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    const properties = { contentType: "application/cose", userProperties: { traceparent } }
    expect(read("a\n", { properties })).toMatchObject({ submissions: [{ mediaType: "application/cose", traceparent }] })
  })

  it.each<[string, string, string | undefined, ReadonlyArray<string>]>([
    ["a line end behind a message is none of it", "a.b.c\n", undefined, ["a.b.c"]],
    ["a line end of Windows too", "a.b.c\r\n", "application/jose", ["a.b.c"]],
    ["a message a line", "a.b.c\nd.e.f\r\n\n", "application/x-ndjson", ["a.b.c", "d.e.f"]],
    ["lines without the type are one message, which identity-resolver rejects", "a\nb", undefined, ["a\nb"]],
    ["what is no text is left as it is", "\n\x01\n", "application/cose", ["\n\x01\n"]],
    ["nothing", "", undefined, ["empty"]],
    ["nothing but line ends", "\n\n", "text/plain", ["empty"]],
    ["256 lines", "a\n".repeat(256), "text/plain", Array.from({ length: 256 }, () => "a")],
    ["too many lines", "a\n".repeat(257), "text/plain", ["too_many"]],
    ["too much", "a".repeat((1 << 20) + 1), undefined, ["too_large"]],
  ])("%s", (_, payload, contentType, expected) => {
    const properties = contentType === undefined ? {} : { contentType }
    expect(bytesOf(read(payload, { properties }))).toEqual(expected)
  })

  it.each<[string, Partial<IPublishPacket>, boolean, string]>([
    ["on a topic that fits no template", { topic: "elsewhere/m" }, true, "topic"],
    ["of the broker itself", { topic: "$SYS/broker/uptime" }, true, "topic"],
    ["where a device is named by another name than a DID", { topic: "assay/pump-7/m" }, true, "topic"],
    ["that was retained, where such are ignored", { retain: true }, false, "retained"],
  ])("%s is not wanted", (_, rest, takesRetained, code) => {
    expect(read("a.b.c", rest, takesRetained)).toBe(code)
  })

  it("that was retained is taken where such are", () => {
    expect(read("a.b.c", { retain: true })).toMatchObject({ principal: DID })
  })
})

describe("the originator", () => {
  it("is the topic alone where the publisher says nothing more", () => {
    expect(originatorOf("a;b", undefined)).toBe("a;b")
  })

  it("escapes what would be read as more", () => {
    expect(originatorOf("a;b", { "x=y": "1;2 %\n", list: ["1", "2"] })).toBe("a%3Bb;x%3Dy=1%3B2%20%25%0A;list=1;list=2")
  })

  it("is bounded: eight properties, none longer than 256 bytes", () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`p${n}`, "1"]))
    expect(originatorOf("t", many).split(";")).toHaveLength(9)
    expect(originatorOf("t", { long: "x".repeat(300) })).toBe("t")
  })
})
