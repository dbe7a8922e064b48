/** Forms of events, read by what others wrote: parsers from PyPI, the official schema of OTLP. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { hasReceiver, leefBySyslogNg, sayWhichReceiversMiss } from "@assay/testkit/syslog"
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { encoderOf } from "../../../src/encode/formats.ts"
import { eventOf } from "../../../src/encode/siem/event.ts"
import { otlpProtocol } from "../../../src/sink/http/otlp.ts"
import { pythonOrSay, runPython } from "../../platforms/python.ts"
import { testDir } from "../../support.ts"
import { decidedOfHostile, hostile, OPTIONS } from "./hostile.ts"

sayWhichReceiversMiss("others.long.test.ts")

const STEP_MS = 600_000
const DECIDED = fc.sample(hostile, { numRuns: 200, seed: 12 }).map(decidedOfHostile)

/** Runs a script that reads these from a file of JSON. */
const readLines = (script: string, lines: ReadonlyArray<string>): unknown => {
  const path = join(testDir(), "lines.json")
  writeFileSync(path, JSON.stringify(lines))
  return runPython(script, [path])
}

describe("events in the hands of others", () => {
  let missing: string | null = null
  beforeAll(() => {
    missing = pythonOrSay("others.long.test.ts")
  }, STEP_MS)

  it("pycef reads CEF as it was meant", { timeout: STEP_MS }, ({ skip }) => {
    if (missing !== null) return skip(missing)
    const lines = DECIDED.map((one) => Buffer.from(encoderOf("cef", OPTIONS).encode(one).bytes).toString().trimEnd())
    const script = `
import json, pycef, sys
print(json.dumps([pycef.parse(line) for line in json.load(open(sys.argv[1]))]))
`
    const read = readLines(script, lines) as ReadonlyArray<Readonly<Record<string, string>> | null>
    expect(read).toHaveLength(lines.length)
    for (const [nth, one] of DECIDED.entries()) {
      const event = eventOf(one, OPTIONS)
      expect(read[nth], lines[nth]).toMatchObject({
        DeviceVendor: "Assay",
        DeviceProduct: "Assay",
        DeviceEventClassID: event.reasons[0]?.code ?? `decision.${event.outcome}`,
        externalId: event.key,
        act: event.disposition,
      })
    }
  })

  it("the official schema of OTLP takes every request, and knows all of its members", { timeout: STEP_MS }, async ({
    skip,
  }) => {
    if (missing !== null) return skip(missing)
    const encoder = encoderOf("otlp", OPTIONS)
    const batch = DECIDED.map((one) => encoder.encode(one))
    let request = ""
    const client = {
      post: async (body: Uint8Array) => {
        request = Buffer.from(body).toString("utf8")
        return { status: 200, headers: {}, body: "{}" }
      },
      close: () => undefined,
    }
    await otlpProtocol("assay", "0.1.0", batch.length).send(client, batch, false)
    const script = `
import json, sys
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
# Unknown members are refused.
request = Parse(json.load(open(sys.argv[1]))[0], ExportLogsServiceRequest())
assert len(request.SerializeToString()) > 0
(resource,) = request.resource_logs
(scope,) = resource.scope_logs
print(json.dumps({
  "service": resource.resource.attributes[0].value.string_value,
  "records": [{
    "time": str(r.time_unix_nano), "severity": r.severity_number, "body": r.body.string_value,
    "key": next(a.value.string_value for a in r.attributes if a.key == "assay.key"),
  } for r in scope.log_records],
}))
`
    const read = readLines(script, [request]) as {
      readonly service: string
      readonly records: ReadonlyArray<{ readonly time: string; readonly severity: number; readonly key: string }>
    }
    expect(read.service).toBe("assay")
    expect(read.records.map(({ key }) => key)).toEqual(batch.map(({ key }) => key))
    for (const { severity, time } of read.records) {
      expect(severity).toBeGreaterThanOrEqual(9)
      expect(BigInt(time)).toBeGreaterThan(0n)
    }
  })

  it.skipIf(!hasReceiver("syslog-ng"))(
    "syslog-ng's parsers of columns and pairs read LEEF as it was meant",
    { timeout: STEP_MS },
    async () => {
      const lineOf = (one: (typeof DECIDED)[number]): string =>
        Buffer.from(encoderOf("leef", OPTIONS).encode(one).bytes).toString().trimEnd()
      // Its pairs may be quoted, which LEEF does not know: a value that begins with a quote means something else to it.
      const decided = DECIDED.filter((one) => !/\^\w+= *["']/.test(lineOf(one)))
      expect(decided.length).toBeGreaterThan(100)
      const lines = decided.map(lineOf)
      const read = await leefBySyslogNg(testDir(), lines)
      for (const [nth, one] of decided.entries()) {
        const event = eventOf(one, OPTIONS)
        const { header, pairs } = read[nth]!
        expect(header, lines[nth]).toMatchObject({
          version: "LEEF:2.0",
          vendor: "Assay",
          product: "Assay",
          id: event.reasons[0]?.code ?? `decision.${event.outcome}`,
          delimiter: "^",
        })
        expect(pairs, lines[nth]).toMatchObject({
          cat: event.outcome,
          eventKey: event.key,
          disposition: event.disposition,
        })
      }
    },
  )
})
