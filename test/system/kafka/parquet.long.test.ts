/** An export to Parquet from a log on a real broker: as from an embedded one, and beside a retention that takes records away. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  exportParquet,
  type Manifest,
  MissingRecordError,
  rowsOfParquet,
  unpackEvidence,
  verifyExport,
} from "@assay/egress/parquet"
import { submitControl } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { saltsPath, vkeyPath } from "@assay/integrity-hasher/sealer"
import { newErasure } from "@assay/knowledge"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { KeyStore } from "@assay/transparency/storage"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Attacked } from "./attacked-deployment.ts"

const STEP_MS = 180_000
const OUTCOMES = ["verified", "annotated"] as const

describeKafka("an export to Parquet", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-kafka-parquet-"))
  const [sealed, root] = [join(dir, "sealed"), join(dir, "export")]
  let deployment: Attacked
  let devices: ReadonlyArray<Device>

  const sayAll = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) for (const device of devices) await deployment.say(device)
    await deployment.opened.settled()
    await deployment.opened.sealer!.settled()
  }
  const exportTo = (to: string) =>
    exportParquet({
      log: deployment.log,
      root: to,
      dataDir: sealed,
      outcomes: OUTCOMES,
      sinceMs: null,
      location: null,
      keysOf: (partition) => KeyStore.read(saltsPath(sealed, partition)),
    })
  const check = (of: string) => {
    const keys = [0, 1].map((partition) => readFileSync(vkeyPath(sealed, partition), "utf8").trim())
    return verifyExport({ root: of, keys })
  }
  const rowsIn = async (of: string) => {
    const rows: Array<{ readonly name: string; readonly device: string }> = []
    for (const partition of ["p000", "p001"])
      for (const name of readdirSync(join(of, "manifests", partition))) {
        const path = join(of, "manifests", partition, name)
        const { files, evidence } = JSON.parse(readFileSync(path, "utf8")) as Manifest
        expect(unpackEvidence(readFileSync(join(of, evidence.path))).length).toBeGreaterThan(0)
        for (const file of files)
          for (const row of await rowsOfParquet(readFileSync(join(of, file.path))))
            rows.push({
              name: `${row.originPartition}/${row.originOffset}#${row.position} ${row.name} ${row.value}`,
              device: row.device,
            })
      }
    return rows
  }
  const wanted = async (): Promise<ReadonlyArray<string>> => {
    const found: Array<string> = []
    for (const outcome of OUTCOMES)
      for (const { value } of await deployment.records(STREAMS[outcome])) {
        const { origin, readings } = decodeAssayed(value)
        for (const [n, one] of readings.entries())
          found.push(`${origin.partition}/${origin.offset}#${n} ${one.name} ${one.value}`)
      }
    return found.toSorted()
  }

  beforeAll(async () => {
    mkdirSync(sealed)
    mkdirSync(root)
    deployment = await Attacked.open("chained", { dir: sealed, seal: true })
    devices = Array.from({ length: 4 }, (_, n) => deployment.world.device(`parquet ${n}`))
    for (const device of devices) await deployment.say(device, device.presentation())
    await sayAll(20)
  }, STEP_MS)
  afterAll(async () => {
    await deployment?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it("has every reading of what was decided so, once, over several calls, and proves it offline", {
    timeout: STEP_MS,
  }, async () => {
    const first = await exportTo(root)
    expect(first.rows).toBeGreaterThan(50)
    await sayAll(5)
    expect((await exportTo(root)).rows).toBeGreaterThan(10)
    expect(await exportTo(root)).toMatchObject({ ranges: 0, rows: 0 })
    expect((await rowsIn(root)).map(({ name }) => name).toSorted()).toEqual(await wanted())
    expect(await check(root)).toMatchObject({ found: 0, withheld: 0, erased: 0, kept: 0 })
  })

  it("goes on and stays provable where retention has taken what it has; a new one says what is gone", {
    timeout: STEP_MS,
  }, async () => {
    for (const stream of [STREAMS.verified, STREAMS.annotated])
      for (const partition of [0, 1]) {
        const { end } = await deployment.log.bounds({ stream, partition })
        await deployment.deleteBefore(stream, partition, end)
      }
    await sayAll(3)
    expect((await exportTo(root)).rows).toBeGreaterThan(0)
    expect(await check(root)).toMatchObject({ found: 0 })
    const anew = join(dir, "anew")
    mkdirSync(anew)
    await expect(exportTo(anew)).rejects.toThrow(MissingRecordError)
  })

  it("takes out a device that is erased, though the streams hold its messages no more", {
    timeout: STEP_MS,
  }, async () => {
    const [device] = devices as [Device]
    const partition = deployment.home(device)
    const theirs = (await rowsIn(root)).filter((row) => row.device === device.did)
    expect(theirs.length).toBeGreaterThan(0)
    const keys = await KeyStore.read(saltsPath(sealed, partition))
    const { target, opening } = newErasure(device.did, Buffer.from(keys.get(device.did)!.pseudonym).toString("hex"))
    await keys.close()
    const tokens = deployment.world.roots
      .slice(0, 2)
      .map((signer) => deployment.world.command(signer, { verb: "erase", target, seq: 1 }))
      .map(({ bytes }) => Buffer.from(bytes).toString("latin1"))
    await submitControl(deployment.log, [...tokens, opening])
    await deployment.opened.settled()
    await deployment.opened.sealer!.settled()
    const done = await exportTo(root)
    expect(done.forgotten).toBeGreaterThan(0)
    expect((await rowsIn(root)).filter((row) => row.device === device.did)).toEqual([])
    expect(await check(root)).toMatchObject({ found: 0, erased: done.forgotten, withheld: 0, kept: 0 })
  })
})
