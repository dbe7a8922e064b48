/**
 * A holder of the lease that is stopped anywhere in a seal, is followed by another, and wakes up without knowing: it goes on
 * as if the directory were still its own, and nothing comes of it but what is the log's anyway.
 */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { KeyStore, logDirectory, readPublished, verifyDirectory } from "@assay/transparency/storage"
import { erasedIn } from "@assay/trust"
import { describe, expect, test } from "vitest"
import { decodeRow, ROW_CELL } from "../../src/sealer/log-row.ts"
import { copySalts, removeFormerSalts, saltsOf, saltsPath } from "../../src/sealer/salts.ts"
import { Sealer, type SealStep } from "../../src/sealer/sealer.ts"
import { AUDIT, clientsOf, erasureEvent, ORIGIN, openPlant, orderErasure, recordsOf, signer, VKEY } from "./plant.ts"

const STEPS: ReadonlyArray<SealStep> = [
  "read",
  "keyed",
  "staged",
  "swapped",
  "applied",
  "published",
  "erased",
  "committed",
  "cleared",
]

const shared = async () => {
  const plant = await openPlant()
  const dir = join(plant.dir, "shared")
  const client = clientsOf(plant)
  const directory = logDirectory(dir, 0)
  /** A holder that never asks whether it still is one: all that a clock or a look at the log could spare is left out. */
  const holder = (
    term: number,
    log: Log,
    onStep: (step: SealStep) => void | Promise<void> = () => undefined,
  ): Sealer => {
    let salts: KeyStore | null = null
    return new Sealer({
      log,
      partition: 0,
      directory,
      origin: ORIGIN,
      signer,
      maxBatch: 4096,
      onStep: onStep as (step: SealStep) => void,
      lease: {
        term,
        refuseIfOver: () => undefined,
        confirm: async () => undefined,
        claimSalts: async (from) => {
          await salts?.close()
          await copySalts(dir, 0, from, term)
          salts = await KeyStore.open(saltsOf(dir, 0, term))
          return salts
        },
        removeFormerSalts: () => removeFormerSalts(dir, 0, term),
      },
    })
  }
  const verify = async () => {
    const keys = await KeyStore.read(saltsPath(dir, 0))
    try {
      const erasures = {
        read: async (event: Parameters<typeof erasedIn>[0]) => {
          const pseudonym = erasedIn(event)
          return pseudonym === null ? null : { pseudonym: Buffer.from(pseudonym, "hex"), problem: null, byRoots: false }
        },
      }
      return await verifyDirectory(directory, { vkey: VKEY, keys, erasures }, plant.events())
    } finally {
      await keys.close()
    }
  }
  return { plant, dir, client, directory, holder, verify }
}

const sealAll = async (sealer: Sealer): Promise<void> => {
  while ((await sealer.seal()) !== null);
}

/** A log whose calls wait, from the first one after `stop` on, until `goOn`. */
const stopped = (log: Log) => {
  let goOn: () => void = () => undefined
  let waiting: Promise<void> | null = null
  let isStopped: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    isStopped = resolve
  })
  const held = async <T>(call: () => Promise<T>): Promise<T> => {
    if (waiting !== null) {
      isStopped()
      await waiting
    }
    return call()
  }
  const client: Log = {
    ...log,
    read: (at, from, records, bytes) => held(() => log.read(at, from, records, bytes)),
    commit: (partition, commit) => held(() => log.commit(partition, commit)),
    take: (group, at) => held(() => log.take(group, at)),
    cells: {
      get: (partition, name) => held(() => log.cells.get(partition, name)),
      swap: (partition, name, expected, value) => held(() => log.cells.swap(partition, name, expected, value)),
    },
  }
  const stop = (): void => {
    waiting = new Promise((resolve) => {
      goOn = resolve
    })
  }
  return { client, stop, reached, goOn: () => goOn() }
}

describe("a holder that slept", () => {
  test.each(STEPS)("after the step %s, seals nothing more, and harms nothing", async (step) => {
    const { plant, dir, client, directory, holder, verify } = await shared()
    const sleeper = stopped(client())
    const old = holder(1, sleeper.client, (reached) => {
      if (reached === step && old.size > 0) sleeper.stop()
    })
    await plant.log.append(AUDIT, recordsOf(0, 300))
    await old.seal()
    // Devices that nobody knew, and the erasure of one that has leaves.
    const salts = await KeyStore.read(saltsPath(dir, 0))
    const { pseudonym } = salts.get("did:key:zDevice3")!
    await salts.close()
    await plant.log.append(AUDIT, recordsOf(300, 320))
    const value = encodeAudit(erasureEvent(320, await orderErasure(plant, "did:key:zDevice3", pseudonym)))
    await plant.log.append(AUDIT, [{ key: Buffer.from(""), value }])
    const asleep = old.seal().then(
      () => old.seal(),
      (cause: unknown) => cause,
    )
    const outcome = asleep.catch((cause: unknown) => cause)
    await sleeper.reached

    const next = holder(2, client())
    await plant.log.append(AUDIT, recordsOf(321, 330))
    await sealAll(next)
    expect(next.size).toBe(330)

    sleeper.goOn()
    const end = (await outcome) as Error
    expect(end).toBeInstanceOf(Error)
    expect(["SealerError", "TakenOverError", "FencedError", "UnavailableError"]).toContain(end.name)
    // Whatever it published last, the next look puts right.
    await next.republish()
    const { row, term } = decodeRow(await plant.log.cells.get(0, ROW_CELL))
    expect([term, row?.size]).toEqual([2, 330])
    expect(await readPublished(directory)).toBe(row!.note)

    await plant.log.append(AUDIT, recordsOf(330, 600))
    await sealAll(next)
    await old.close()
    await next.close()
    expect(await verify()).toMatchObject({ intact: true, size: 600 })
    expect(readdirSync(join(dir, "salts"))).toContain("p000.2")
    const left = await KeyStore.read(saltsPath(dir, 0))
    expect(left.isErased(pseudonym)).toBe(true)
    await left.close()
    const heads = await plant.log.read({ stream: STREAMS.checkpoints, partition: 0 }, 0, 100, 1 << 20)
    expect(heads.length).toBeGreaterThan(1)
  })

  test("before anything was sealed, seals nothing either", async () => {
    const { plant, client, holder, verify } = await shared()
    const sleeper = stopped(client())
    const old = holder(1, sleeper.client, (step) => {
      if (step === "staged") sleeper.stop()
    })
    await plant.log.append(AUDIT, recordsOf(0, 30))
    const outcome = old.seal().catch((cause: unknown) => cause)
    await sleeper.reached
    const next = holder(2, client())
    await next.resume()
    sleeper.goOn()
    expect(await outcome).toMatchObject({ name: "SealerError", code: "fenced" })
    await next.seal()
    await old.close()
    await next.close()
    expect(await verify()).toMatchObject({ intact: true, size: 30 })
  })

  test("under a lower term than the row's is refused, whatever it believes", async () => {
    const { plant, client, holder } = await shared()
    await plant.log.append(AUDIT, recordsOf(0, 5))
    const second = holder(2, client())
    await second.seal()
    const first = holder(1, client())
    await expect(first.seal()).rejects.toMatchObject({ name: "SealerError", code: "fenced" })
    await first.close()
    await second.close()
  })
})

describe("the salts", () => {
  test("of the newest holder count, and what former ones left is destroyed with an erasure", async () => {
    const { plant, dir, client, holder } = await shared()
    await plant.log.append(AUDIT, recordsOf(0, 20))
    const first = holder(1, client())
    await first.seal()
    await first.close()
    const second = holder(2, client())
    await second.seal()
    expect(readdirSync(join(dir, "salts"))).toEqual(["p000.2"])
    // A holder that slept makes its file, and a copy that it did not finish, when it wakes up.
    writeFileSync(join(dir, "salts", "p000.1"), "of a former holder")
    writeFileSync(join(dir, "salts", "p000.1.tmp"), "of a former holder")
    writeFileSync(join(dir, "salts", "p001.1"), "of another partition")
    expect(saltsPath(dir, 0)).toBe(saltsOf(dir, 0, 2))
    const salts = await KeyStore.read(saltsPath(dir, 0))
    const { pseudonym } = salts.get("did:key:zDevice3")!
    await salts.close()
    const value = encodeAudit(erasureEvent(20, await orderErasure(plant, "did:key:zDevice3", pseudonym)))
    await plant.log.append(AUDIT, [{ key: Buffer.from(""), value }])
    await second.seal()
    expect(readdirSync(join(dir, "salts")).sort()).toEqual(["p000.2", "p001.1"])
    await second.close()
  })
})
