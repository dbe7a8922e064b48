/** A log over a registry that gives each subject an id of its own, and is away for a while. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UnavailableError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { SchemaRegistryError, type WireIds } from "@assay/schemas/registry"
import { STREAMS } from "@assay/streams"
import { afterEach, describe, expect, it } from "vitest"
import { registeredLog } from "../../src/log/registered.ts"

const dirs: Array<string> = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true })
})

const opened = async (ids: WireIds) => {
  const dir = mkdtempSync(join(tmpdir(), "assay-registered-"))
  dirs.push(dir)
  return registeredLog(await openEmbedded({ dir, partitions: 1 }), ids)
}

const at = { stream: STREAMS.submitted, partition: 0 }
const record = { key: Buffer.from("k"), value: Buffer.from("value") }

describe("a log over a schema registry", () => {
  it("stamps what is written to a subject's stream, in appends and commits, and leaves the caller's records alone", async () => {
    const log = await opened({
      prepare: () => null,
      stamp: (stream, value) => (stream.startsWith("telemetry.") ? Buffer.concat([Buffer.from(stream), value]) : value),
    })
    await log.append(at, [record])
    const outputs = [
      { stream: STREAMS.verified, records: [record] },
      { stream: "chained.state.v1", records: [record] },
    ]
    await log.commit(0, { group: "g", stream: at.stream, from: 0, next: 1, outputs })
    const values = await Promise.all(
      [at.stream, STREAMS.verified, "chained.state.v1"].map(async (stream) =>
        Buffer.from((await log.read({ stream, partition: 0 }, 0, 1, 1))[0]!.value).toString(),
      ),
    )
    expect(values).toEqual([`${at.stream}value`, `${STREAMS.verified}value`, "value"])
    expect(record.value.toString()).toBe("value")
    await log.close()
  })

  it("keeps records waiting while the registry is away, and hands them out when it is back", async () => {
    let away = true
    const log = await opened({
      prepare: async (stream, records) => {
        expect([stream, records.length]).toEqual([at.stream, 1])
        if (away) throw new SchemaRegistryError("unavailable", "nobody answers")
      },
      stamp: (_, value) => value,
    })
    await log.append(at, [record])
    await expect(log.read(at, 0, 10, 1000)).rejects.toThrow(UnavailableError)
    await expect(log.read(at, 0, 10, 1000)).rejects.toThrow(/wait for the schema registry: nobody answers/)
    away = false
    expect(await log.read(at, 0, 10, 1000)).toHaveLength(1)
    await log.close()
  })
})
