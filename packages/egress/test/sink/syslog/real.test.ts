/** What people run: rsyslog and syslog-ng as Debian has them, over TLS; and CEF read by liblognorm, which rsyslog uses. */
import { join } from "node:path"
import { issue, makeAuthority } from "@assay/testkit/certificates"
import {
  hasReceiver,
  lognormalizer,
  normalize,
  RECEIVERS,
  sayWhichReceiversMiss,
  startReceiver,
} from "@assay/testkit/syslog"
import fc from "fast-check"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { encoderOf, syslogEncoderOf } from "../../../src/encode/formats.ts"
import { eventOf } from "../../../src/encode/siem/event.ts"
import { setUpSink } from "../../../src/sink/kinds.ts"
import { decidedOfHostile, type Hostile, hostile, inLeef, OPTIONS, parseLeef } from "../../encode/siem/hostile.ts"
import { testDir } from "../../support.ts"

sayWhichReceiversMiss("packages/egress/test/sink/syslog/real.test.ts")

const STEP_MS = 60_000
/** Fixed, so that a run is like the one before. */
const CHOSEN: ReadonlyArray<Hostile> = fc.sample(hostile, { seed: 7, numRuns: 120 })

describe.each(RECEIVERS)("%s over TLS", (name) => {
  it.skipIf(!hasReceiver(name))(
    "has each event once, with its severity, its device and every text as it was",
    async () => {
      const dir = testDir()
      makeAuthority(dir, "ca")
      issue(dir, "ca", "siem")
      const [ca, cert, key] = ["ca.pem", "siem.pem", "siem.key"].map((file) => join(dir, file)) as [
        string,
        string,
        string,
      ]
      const receiver = await startReceiver(name, { dir, tls: { ca, cert, key } })
      onTestFinished(() => receiver.stop())
      const sink = setUpSink(`syslog+tls://127.0.0.1:${receiver.port}?ca=${ca}`).make({} as never)
      await sink.open()
      const decided = CHOSEN.map(decidedOfHostile)
      const formats = ["rfc5424", "leef", "json"]
      for (const format of formats) {
        const encoder = syslogEncoderOf(format, OPTIONS, 32_473)
        // Each a batch: several connections one after the other, of one TLS session.
        for (let from = 0; from < decided.length; from += 40)
          await sink.write(decided.slice(from, from + 40).map((one) => encoder.encode(one)))
      }
      await sink.close()
      await vi.waitFor(() => expect(receiver.received()).toHaveLength(formats.length * decided.length), STEP_MS)
      const received = receiver.received()
      for (const [nth, one] of decided.entries()) {
        const event = eventOf(one, OPTIONS)
        const level = { 1: 6, 2: 5, 3: 4, 4: 3, 5: 2 }[event.severity]
        for (const [place, format] of formats.entries()) {
          const message = received[place * decided.length + nth]!
          expect(message).toMatchObject({
            level,
            facility: 10,
            host: OPTIONS.host,
            id: event.reasons[0]?.code ?? `decision.${event.outcome}`,
          })
          expect(message.parameters["key"]).toBe(event.key)
          if (format === "rfc5424") {
            expect(message.parameters["device"] ?? "").toBe(event.device ?? "")
            expect(message.parameters["technique"] ?? "").toBe(
              [...new Set(event.reasons.flatMap(({ technique }) => technique?.id ?? []))].join(","),
            )
            expect(message.text).toBe(event.message.trimStart())
          } else if (format === "json")
            expect(JSON.parse(message.text)).toMatchObject({ key: event.key, message: event.message })
          else expect(parseLeef(message.text).pairs.get("msg")).toBe(inLeef(event.message))
        }
      }
    },
    STEP_MS,
  )
})

it.skipIf(lognormalizer === null)("liblognorm reads CEF as it was meant", () => {
  const decided = CHOSEN.map(decidedOfHostile)
  const lines = decided.map((one) => Buffer.from(encoderOf("cef", OPTIONS).encode(one).bytes).toString().slice(0, -1))
  const read = normalize(testDir(), "rule=:%f:cef%", lines) as ReadonlyArray<{
    readonly f: {
      readonly SignatureID: string
      readonly Name: string
      readonly Extensions: Readonly<Record<string, string>>
    }
  }>
  expect(read).toHaveLength(decided.length)
  for (const [nth, one] of decided.entries()) {
    const event = eventOf(one, OPTIONS)
    const { SignatureID, Name, Extensions } = read[nth]!.f
    expect(SignatureID).toBe(event.reasons[0]?.code ?? `decision.${event.outcome}`)
    expect(Name).toBe(event.reasons[0]?.text ?? `A message is ${event.outcome}`)
    // It drops the first letter of the first key, and of a value the spaces at its end.
    expect(Extensions["externalId"]).toBe(event.key)
    expect(Extensions["msg"]).toBe(event.message.trimEnd())
    if (event.device !== null && event.device.trim() !== "")
      expect(Extensions["suid"]?.trim()).toBe(event.device.trim())
  }
})
