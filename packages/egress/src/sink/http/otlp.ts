/** OTLP/HTTP with JSON: log records in one ExportLogsServiceRequest. */
import { safeLine } from "@assay/trust/kit"
import type { Encoded } from "../../encode/encoder.ts"
import { DONE, type Outcome, outcomeOf } from "./batch.ts"
import type { HttpProtocol } from "./sink.ts"

const requestOf = (batch: ReadonlyArray<Encoded>, service: string, version: string): Buffer => {
  const resource = JSON.stringify({ attributes: [{ key: "service.name", value: { stringValue: service } }] })
  const scope = JSON.stringify({ name: "assay", version })
  const records = batch.map(({ bytes }) => Buffer.from(bytes).toString("utf8").trimEnd()).join(",")
  return Buffer.from(
    `{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"scope":${scope},"logRecords":[${records}]}]}]}`,
  )
}

interface LogsAnswer {
  readonly partialSuccess?: { readonly rejectedLogRecords?: string | number; readonly errorMessage?: string }
}

/**
 * A collector that took a part says how many it did not, but not which, and must not be asked again (OTLP specification, partial
 * success): all of the batch goes to the dead letters with its sentence, so that nothing is missing.
 */
const partialOf = (batch: ReadonlyArray<Encoded>, body: string): Outcome => {
  const { partialSuccess } = (body.trim() === "" ? {} : JSON.parse(body)) as LogsAnswer
  const rejected = Number(partialSuccess?.rejectedLogRecords ?? 0)
  if (!(rejected > 0)) return DONE
  const why = safeLine(partialSuccess?.errorMessage ?? "")
  const reason = `the collector rejected ${rejected} of the ${batch.length} log records of this request and does not say which: ${why}`
  return { kind: "done", refused: batch.map((item) => ({ item, reason })) }
}

export const otlpProtocol = (service: string, version: string, records: number): HttpProtocol => ({
  limits: { records, bytes: 1 << 20 },
  send: async (client, batch) => {
    const answer = await client.post(
      requestOf(batch, service, version),
      { "content-type": "application/json" },
      "/v1/logs",
    )
    const outcome = await outcomeOf(answer)
    return outcome.kind === "refused" ? outcome : partialOf(batch, answer.body)
  },
})
