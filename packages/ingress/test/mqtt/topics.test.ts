import { describe, expect, it } from "vitest"
import { parseReceiptTopic, parseTemplates, senderOf, topicOf } from "../../src/mqtt/topics.ts"

const DID = "did:key:z6MkExample"
const templates = (text: string) => parseTemplates("ASSAY_MQTT_TOPICS", text)

describe("topic templates", () => {
  it("subscribes with a wildcard where a sender is named", () => {
    expect(templates("assay/v1/{device}/messages, gateways/{principal}/#").map(({ filter }) => filter)).toEqual([
      "assay/v1/+/messages",
      "gateways/+/#",
    ])
  })

  it.each([
    ["assay/{device}/m", `assay/${DID}/m`, DID],
    ["{principal}/m", "gateway-7/m", "gateway-7"],
    ["site/{principal}/#", "site/north/line/2", "north"],
    ["site/{principal}/#", "site/north", "north"],
    ["old/+/m", "old/pump/m", null],
    ["#", "anything/at/all", null],
  ])("%s reads %s", (template, topic, name) => {
    expect(senderOf(templates(template), topic)).toMatchObject({ name })
  })

  it.each([
    ["assay/{device}/m", "assay/a/b/m"],
    ["assay/{device}/m", "assay/m"],
    ["assay/{device}/m", "other/a/m"],
    ["site/{principal}/#", "site"],
  ])("%s does not fit %s", (template, topic) => {
    expect(senderOf(templates(template), topic)).toBeNull()
  })

  it.each([
    ["", "takes 1 to 16"],
    ["$SYS/#", "the broker's own"],
    ["$share/g/assay/{device}", "the broker's own"],
    ["a/#/b", "before its end"],
    ["a/b+/c", "a whole segment"],
    ["a/x{device}/c", "a whole segment"],
    ["a/{serial}/c", "a whole segment"],
    ["{device}/{principal}", "two segments"],
    ["a/{device}/m,a/+/m", "fit the same topics"],
    ["a/#,a/b/c", "fit the same topics"],
    [Array.from({ length: 17 }, (_, n) => `t${n}`).join(","), "takes 1 to 16"],
  ])("refuses %s and names the setting", (text, why) => {
    expect(() => templates(text)).toThrow(why)
    expect(() => templates(text)).toThrow("ASSAY_MQTT_TOPICS")
  })

  it("takes templates that share no topic", () => {
    expect(templates("a/{device}/m,a/{device}/n,b/#")).toHaveLength(3)
  })
})

describe("the topic of receipts", () => {
  const receipts = parseReceiptTopic("ASSAY_MQTT_RECEIPTS", "assay/v1/{device}/receipts")

  it("is that of one device", () => {
    expect(topicOf(receipts, DID)).toBe(`assay/v1/${DID}/receipts`)
  })

  it.each(["did:x:a/b", "did:x:+", "did:x:#"])("is none where the DID is no segment: %s", (did) => {
    expect(topicOf(receipts, did)).toBeNull()
  })

  it.each(["assay/receipts", "assay/{principal}/r", "assay/{device}/#", "a/{device}/r,b/{device}/r"])(
    "refuses %s",
    (text) => {
      expect(() => parseReceiptTopic("ASSAY_MQTT_RECEIPTS", text)).toThrow("one topic with {device}")
    },
  )
})
