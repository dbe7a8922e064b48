/** Every SIEM format, by what its own standard says a reader does, with texts that were chosen to break it. */

import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import type { ReasonCode } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Decided } from "../../../src/encode/encoder.ts"
import { encoderOf, FORMATS, syslogEncoderOf } from "../../../src/encode/formats.ts"
import { eventOf, safeName } from "../../../src/encode/siem/event.ts"
import { markRepeat } from "../../../src/encode/siem/formats/rfc5424.ts"
import { CONTROLS, decidedOfHostile, hostile, inLeef, OPTIONS, parseCef, parseLeef, parseSyslog } from "./hostile.ts"

const SIEM = FORMATS.filter((name) => name !== "decision")

const lineOf = (format: string, decided: Decided): string => {
  const text = Buffer.from(encoderOf(format, OPTIONS).encode(decided).bytes).toString("utf8")
  expect(text.endsWith("\n")).toBe(true)
  return text.slice(0, -1)
}

const quarantined = (codes: ReadonlyArray<ReasonCode>, changed: object = {}): Decided => ({
  kind: "message",
  place: { stream: STREAMS.quarantined, partition: 3, offset: 9 },
  message: { ...message, ...changed, decision: { ...message.decision!, outcome: "quarantined", reasons: codes } },
})

describe.each(SIEM)("%s", (format) => {
  it("is one line without a control character, valid UTF-8, and the same at every repeat", () => {
    fc.assert(
      fc.property(hostile, (chosen) => {
        const decided = decidedOfHostile(chosen)
        const line = lineOf(format, decided)
        expect(line).not.toMatch(CONTROLS)
        expect(Buffer.from(line).toString("utf8")).toBe(line)
        expect(lineOf(format, decided)).toBe(line)
      }),
    )
  })

  it("is bounded, whatever a name of a megabyte is made of", () => {
    for (const mark of ["\n", "\\", "🚰"])
      for (const outcome of ["quarantined", "rejected"] as const) {
        const text = mark.repeat(Math.ceil(1_000_000 / mark.length))
        const decided = decidedOfHostile({ outcome, codes: ["identity.replayed", "anomaly.flood"], text })
        expect(lineOf(format, decided).length).toBeLessThan(format === "rfc5424" ? 8_192 : 32_766)
      }
  })

  it("has the key of the decision", () => {
    const { key } = encoderOf(format, OPTIONS).encode(quarantined(["identity.clone_evidence"]))
    expect(key).toBe("1/3/1234567")
  })
})

describe("CEF", () => {
  it("gives every text back to a reader, and lets none out of its field", () => {
    fc.assert(
      fc.property(hostile, (chosen) => {
        const decided = decidedOfHostile(chosen)
        const event = eventOf(decided, OPTIONS)
        const { version, vendor, id, name, severity, pairs } = parseCef(lineOf("cef", decided))
        expect([version, vendor]).toEqual(["CEF:0", "Assay"])
        expect(id).toBe(event.reasons[0]?.code ?? `decision.${event.outcome}`)
        expect(name).toBe(event.reasons[0]?.text ?? `A message is ${event.outcome}`)
        expect(Number(severity)).toBeGreaterThanOrEqual(0)
        expect(pairs.get("msg")).toBe(event.message)
        expect(pairs.get("suid")).toBe(event.device === null ? undefined : event.device)
        expect(pairs.get("externalId")).toBe(event.key)
        if (event.claimed !== null && event.claimed !== "") expect(pairs.get("cs3")).toBe(event.claimed)
      }),
    )
  })
})

describe("LEEF", () => {
  it("gives every text back to a reader, and lets none out of its field", () => {
    fc.assert(
      fc.property(hostile, (chosen) => {
        const decided = decidedOfHostile(chosen)
        const event = eventOf(decided, OPTIONS)
        const { version, id, pairs } = parseLeef(lineOf("leef", decided))
        expect(version).toBe("LEEF:2.0")
        expect(id).toBe(event.reasons[0]?.code ?? `decision.${event.outcome}`)
        expect(pairs.get("usrName")).toBe(event.device === null ? undefined : inLeef(event.device))
        expect(pairs.get("policy")).toBe(event.zone === null ? undefined : inLeef(event.zone))
        expect(pairs.get("msg")).toBe(inLeef(event.message))
        expect(pairs.get("eventKey")).toBe(event.key)
      }),
    )
  })
})

describe("RFC 5424", () => {
  it("gives every text back to a reader, and lets none out of its parameter", () => {
    fc.assert(
      fc.property(hostile, (chosen) => {
        const decided = decidedOfHostile(chosen)
        const event = eventOf(decided, OPTIONS)
        const { facility, host, app, id, element, pairs, text } = parseSyslog(lineOf("rfc5424", decided))
        expect([facility, host, app, element]).toEqual([10, OPTIONS.host, "assay", "assay@32473"])
        expect(id).toBe(event.reasons[0]?.code ?? `decision.${event.outcome}`)
        expect(pairs.get("key")).toBe(event.key)
        expect(pairs.get("device") ?? "").toBe(event.device ?? "")
        expect(pairs.get("claimed") ?? "").toBe(event.claimed ?? "")
        expect(text).toBe(event.message)
      }),
    )
  })

  it.each(["cef", "leef", "ocsf", "ecs", "json"])("carries %s as its message, and the key beside", (format) => {
    fc.assert(
      fc.property(hostile, (chosen) => {
        const decided = decidedOfHostile(chosen)
        const wrapped = Buffer.from(syslogEncoderOf(format, OPTIONS, 32_473).encode(decided).bytes)
          .toString()
          .slice(0, -1)
        const { pairs, text } = parseSyslog(wrapped)
        expect(pairs.get("key")).toBe(eventOf(decided, OPTIONS).key)
        expect(text).toBe(lineOf(format, decided))
        const marked = parseSyslog(markRepeat(wrapped))
        expect(marked.pairs.get("repeat")).toBe("possible")
        expect(marked.text).toBe(text)
      }),
      { numRuns: 30 },
    )
  })
})

describe("forms of JSON", () => {
  it("Splunk's envelope has seconds, and indexed members beside the event", () => {
    const envelope = JSON.parse(lineOf("hec", quarantined(["identity.clone_evidence"])))
    expect(envelope).toMatchObject({
      time: 1_760_000_000.123,
      host: OPTIONS.host,
      source: "assay:telemetry.quarantined.v1",
      sourcetype: "assay:decision",
      fields: { key: "1/3/1234567", severity: "critical", reason: "identity.clone_evidence", technique: "T0859" },
    })
    expect(envelope.event).toEqual(JSON.parse(lineOf("json", quarantined(["identity.clone_evidence"]))))
  })

  it("ECS has what it requires, and the words of its own for the rest", () => {
    expect(JSON.parse(lineOf("ecs", quarantined(["segmentation.lateral_movement"])))).toMatchObject({
      "@timestamp": "2025-10-09T08:53:20.123Z",
      ecs: { version: "8.17.0" },
      event: { kind: "alert", type: ["denied"], outcome: "failure", severity: 99, id: "1/3/1234567" },
      device: { id: message.claims!.iss, manufacturer: "acme", model: { name: "pump" } },
      threat: { technique: { id: ["T0886"] }, tactic: { id: ["TA0109"] } },
      rule: { id: "segmentation.lateral_movement" },
    })
  })

  it("CloudEvents has its attributes beside the data, or in headers", () => {
    const decided = quarantined(["identity.replayed"])
    const data = JSON.parse(lineOf("json", decided))
    const attributes = {
      specversion: "1.0",
      id: "1/3/1234567",
      source: "//gate-1.plant.example/assay",
      type: "org.assay.decision.quarantined.v1",
      time: "2025-10-09T08:53:20.123Z",
      subject: message.claims!.iss,
      partitionkey: message.claims!.iss,
      datacontenttype: "application/json",
      severity: "medium",
      outcome: "quarantined",
    }
    expect(JSON.parse(lineOf("cloudevents", decided))).toEqual({ ...attributes, data })
    const { bytes, attributes: beside } = encoderOf("cloudevents-binary", OPTIONS).encode(decided)
    expect(beside).toEqual(attributes)
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(data)
    for (const name of Object.keys(attributes)) expect(name).toMatch(/^[a-z0-9]{1,20}$/)
  })

  it("OTLP has 64-bit numbers as text, and the severity of its data model", () => {
    const record = JSON.parse(lineOf("otlp", quarantined(["identity.clone_evidence"])))
    expect(record).toMatchObject({
      timeUnixNano: "1760000000123000000",
      severityNumber: 21,
      severityText: "critical",
      body: { stringValue: expect.stringContaining("is quarantined") },
    })
    expect(record.attributes).toContainEqual({
      key: "assay.techniques",
      value: { arrayValue: { values: [{ stringValue: "T0859" }] } },
    })
  })
})

it("a name is one bounded line, however it is made", () => {
  expect(safeName("a\nb\u202ec")).toBe("a\\u{a}b\\u{202e}c")
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 4_000 }), (text) => {
      const safe = safeName(text)
      expect(safe.length).toBeLessThanOrEqual(1_024)
      expect(safe).not.toMatch(CONTROLS)
    }),
    { numRuns: 20 },
  )
})
