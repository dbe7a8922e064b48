/** An OpenTelemetry collector as people run it: what it got stands in its file. */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { expect, it, vi } from "vitest"
import { setUpSink } from "../../../src/sink/kinds.ts"
import { testDir } from "../../support.ts"
import { itemsIn } from "../items.ts"

const STEP_MS = 120_000
const hasCollector = spawnSync("otelcol-assay", ["--version"]).status === 0
if (!hasCollector)
  process.stderr.write(
    "SKIPPED collector.long.test.ts: no OpenTelemetry collector (infra/ci/packages.sh builds one where Go is)\n",
  )

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}
interface Request {
  readonly resourceLogs: ReadonlyArray<{
    readonly scopeLogs: ReadonlyArray<{
      readonly logRecords: ReadonlyArray<{
        readonly severityNumber: number
        readonly attributes: ReadonlyArray<Attribute>
      }>
    }>
  }>
}

it.skipIf(!hasCollector)("a collector has every event, with severity and key", { timeout: STEP_MS }, async () => {
  const dir = testDir()
  const [port, file] = [await freePorts(1), join(dir, "logs.json")]
  writeFileSync(
    join(dir, "collector.yaml"),
    JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: { file: { path: file, flush_interval: "100ms" } },
      service: {
        telemetry: { metrics: { level: "none" } },
        pipelines: { logs: { receivers: ["otlp"], exporters: ["file"] } },
      },
    }),
  )
  const collector = spawn("otelcol-assay", ["--config", `file:${join(dir, "collector.yaml")}`], { stdio: "ignore" })
  const ended = new Promise((resolve) => collector.once("close", resolve))
  try {
    const items = itemsIn("otlp", 1_200)
    const sink = setUpSink(`otlp:http://127.0.0.1:${port}`).make({} as never)
    await sink.open()
    // It is tried until the collector listens, as an export does.
    await vi.waitFor(() => sink.write(items), { timeout: STEP_MS / 2, interval: 200 })
    await sink.flush()
    await sink.close()
    const records = () =>
      (existsSync(file) ? readFileSync(file, "utf8") : "")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Request)
        .flatMap(({ resourceLogs }) => resourceLogs.flatMap(({ scopeLogs }) => scopeLogs))
        .flatMap(({ logRecords }) => logRecords)
    await vi.waitFor(() => expect(records().length).toBeGreaterThanOrEqual(items.length), STEP_MS / 4)
    const keys = records().map(({ attributes }) => attributes.find(({ key }) => key === "assay.key")?.value.stringValue)
    expect(keys).toEqual(items.map(({ key }) => key))
    expect(new Set(records().map(({ severityNumber }) => severityNumber))).toEqual(new Set([21]))
  } finally {
    collector.kill("SIGTERM")
    await ended
  }
})
