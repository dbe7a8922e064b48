/** The log's key changes: both sign for a while, and nobody who knows either of them is left behind. */
import { generateKeyPairSync } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirError, type Log } from "@assay/log"
import { decodeCheckpoint } from "@assay/schemas"
import { signerOfKey } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import { decodeVkey, encodeVkey, openCheckpoint, type VerifierKey } from "@assay/transparency"
import { KeyStore, logDirectory, verifyDirectory } from "@assay/transparency/storage"
import { describe, expect, test } from "vitest"
import { vkeyPath } from "../../src/sealer/origin.ts"
import { saltsPath } from "../../src/sealer/salts.ts"
import { startSealers } from "../../src/sealer/start.ts"
import { AUDIT, openPlant, type Plant, recordsOf } from "./plant.ts"

const NOTHING = (): void => undefined

const keyFile = (path: string): string => {
  const { privateKey } = generateKeyPairSync("ed25519")
  writeFileSync(path, JSON.stringify({ did: signerOfKey(privateKey).did, jwk: privateKey.export({ format: "jwk" }) }))
  return path
}

/** Seals what is there and three events more. @returns the verifier keys of the log, the first one its own */
const seal = async (log: Log, dir: string, keys: ReadonlyArray<string>): Promise<ReadonlyArray<VerifierKey>> => {
  const { end } = await log.bounds(AUDIT)
  await log.append(AUDIT, recordsOf(end, end + 3))
  const sealers = await startSealers(log, dir, NOTHING, null, keys)
  await sealers.settled()
  await sealers.stop()
  return readFileSync(vkeyPath(dir, 0), "utf8").trim().split("\n").map(decodeVkey)
}

const published = (dir: string): string => readFileSync(join(logDirectory(dir, 0), "checkpoint"), "utf8")

const verify = async (plant: Plant, dir: string, vkey: string, earlier: ReadonlyArray<string>) => {
  const keys = await KeyStore.read(saltsPath(dir, 0))
  const history = async function* () {
    const records = await plant.log.read({ stream: STREAMS.checkpoints, partition: 0 }, 0, 100, 1 << 20)
    for (const { value } of records) yield { note: decodeCheckpoint(value).note, stamp: null }
  }
  try {
    return await verifyDirectory(logDirectory(dir, 0), { vkey, earlier, keys, history }, plant.events())
  } finally {
    await keys.close()
  }
}

describe.each([false, true])("on a shared log: %s", (shared) => {
  test("a new key signs beside the old one before it signs alone", async () => {
    const plant = await openPlant()
    const dir = join(plant.dir, "tiles")
    mkdirSync(dir)
    const log: Log = { ...plant.log, traits: { ...plant.log.traits, shared } }
    const [first] = await seal(log, dir, [])
    const old = join(dir, "log-key.pem")
    const next = keyFile(join(plant.dir, "next.json"))

    // Nobody knows of it: it seals nothing.
    await expect(startSealers(log, dir, NOTHING, null, [next])).rejects.toThrow(DataDirError)
    await expect(startSealers(log, dir, NOTHING, null, [next])).rejects.toThrow("ASSAY_LOG_KEYS=NEW,OLD")

    const [second, beside] = await seal(log, dir, [next, old])
    expect(beside!.id).toBe(first!.id)
    for (const key of [first!, second!]) expect(openCheckpoint(published(dir), key).size).toBe(6)

    const alone = await seal(log, dir, [next])
    expect(alone.map(({ id }) => id)).toEqual([second!.id])
    expect(openCheckpoint(published(dir), second!).size).toBe(9)
    expect(() => openCheckpoint(published(dir), first!)).toThrow("not signed by")
    // The old key is the log's no more, and comes back only beside the present one.
    await expect(startSealers(log, dir, NOTHING, null, [old])).rejects.toThrow(DataDirError)
    await expect(startSealers(log, dir, NOTHING, null, [])).rejects.toThrow(DataDirError)

    const [vkeyOld, vkeyNew] = [first!, second!].map(encodeVkey)
    expect(await verify(plant, dir, vkeyNew!, [vkeyOld!])).toMatchObject({ intact: true, size: 9 })
    expect((await verify(plant, dir, vkeyNew!, [])).findings.map(({ kind }) => kind)).toContain("history")
    // Whoever has the old key alone publishes nothing.
    expect((await verify(plant, dir, vkeyOld!, [vkeyNew!])).findings.map(({ kind }) => kind)).toContain("checkpoint")
  })
})

test("a key that is not Ed25519 seals no log, and nothing stays open", async () => {
  const plant = await openPlant()
  const dir = join(plant.dir, "tiles")
  mkdirSync(dir)
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const path = join(plant.dir, "p256.pem")
  writeFileSync(path, privateKey.export({ format: "pem", type: "pkcs8" }))
  await expect(startSealers(plant.log, dir, NOTHING, null, [path])).rejects.toThrow("the key of a log is Ed25519")
})
