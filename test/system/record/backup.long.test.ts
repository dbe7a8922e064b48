/** A deployment that is copied while it works, and gone on from elsewhere; and copies that somebody changed. */
import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge, type Topology } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { type Log, partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 240_000
const PARTITIONS = 2

describe.each<Topology>(["chained", "staged"])("a backup of a %s deployment that works", (topology) => {
  const root = mkdtempSync(join(tmpdir(), "assay-backup-"))
  const at = (name: string): string => join(root, name)
  let world: World
  const devices: Array<Device> = []
  let digest = ""
  let taken: { readonly leaves: number; readonly submitted: number } = { leaves: 0, submitted: 0 }

  const open = (dir: string): Promise<OpenNode> =>
    openNode(SERVICES, {
      dir,
      partitions: PARTITIONS,
      roots: world.rootSet,
      topology,
      tickMs: 0,
      seal: true,
      workers: 0,
    })
  const say = async (log: Log, device: Device, { bytes } = device.message()): Promise<void> => {
    const key = Buffer.from(device.did)
    const partition = partitionOf(key, log.partitions)
    await log.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelopeOf(bytes))])
  }
  const outcomes = async (log: Log, device: Device): Promise<ReadonlyArray<string>> => {
    const partition = partitionOf(Buffer.from(device.did), log.partitions)
    const found: Array<string> = []
    for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
      for (const { value } of await log.read({ stream, partition }, 0, 10_000, 1 << 28)) {
        const { claims, decision } = decodeAssayed(value)
        if (claims?.iss === device.did) found.push(decision!.outcome)
      }
    return found
  }
  const run = (...args: ReadonlyArray<string>) => assay([...args, "--json"], { cwd: root, env: {} })

  beforeAll(async () => {
    // Now: what a device signed before the log began is refused.
    world = new World({ seed: `backup ${topology}`, now: Math.floor(Date.now() / 1000) })
    writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
    const node = await open(at("data"))
    await publishKnowledge(node.log, "bundle", world.signedBundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    for (let n = 0; n < 12; n++) devices.push(world.device(`backed up ${n}`))
    for (const device of devices) await say(node.log, device, device.presentation())
    for (let round = 0; round < 20; round++) for (const device of devices) await say(node.log, device)
    await node.settled()
    // Messages come while it is copied.
    let isOver = false
    const coming = (async () => {
      while (!isOver) {
        for (const device of devices) await say(node.log, device)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    const { code, out, err } = await run("backup", "copy", "--data", "data", "--include", "roots.json")
    isOver = true
    await coming
    expect(code, err).toBe(0)
    const result = JSON.parse(out)
    digest = result.digest
    taken = {
      leaves: result.leaves,
      submitted: result.heads.reduce((sum: number, head: { submitted: number }) => sum + head.submitted, 0),
    }
    await node.settled()
    await node.close()
  }, STEP_MS)
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  const restore = (backup: string, ...more: ReadonlyArray<string>) =>
    run("restore", backup, "--data", "restored", "--roots", "roots.json", ...more)

  it("is as of one moment of each partition, and shows that it can be gone on from", { timeout: STEP_MS }, async () => {
    cpSync(at("data/vkeys"), at("vkeys"), { recursive: true })
    const { code, out, err } = await restore("copy", "--key", "vkeys", "--digest", digest)
    expect(code, `${out}${err}`).toBe(0)
    const restored = JSON.parse(out)
    expect(restored).toMatchObject({ restored: true, findings: [], leaves: taken.leaves })
    expect(taken.leaves).toBeGreaterThan(200)
    expect(restored.rows).toBeGreaterThanOrEqual(devices.length)
    expect(readFileSync(at("copy/included/roots.json"), "utf8")).toBe(readFileSync(at("roots.json"), "utf8"))

    // What was submitted up to then is decided once, by the restored node as by the first; then the devices go on.
    const node = await open(at("restored"))
    await node.settled()
    const log = await openEmbedded({ dir: at("data"), readOnly: true })
    for (const device of devices) {
      const [there, here] = [await outcomes(log, device), await outcomes(node.log, device)]
      expect(here.length).toBeGreaterThan(10)
      expect(there.length).toBeGreaterThanOrEqual(here.length)
    }
    await log.close()
    const before = (await outcomes(node.log, devices[0]!)).length
    for (const device of devices) await say(node.log, device)
    await node.settled()
    expect((await outcomes(node.log, devices[0]!)).length).toBe(before + 1)
    await node.close()
    const verified = await run("verify", "restored", "--key", "vkeys", "--roots", "roots.json", "--streams")
    expect(verified.code, verified.out).toBe(0)
    const replayed = await run("replay", "--data", "restored", "--roots", "roots.json")
    expect(replayed.code, replayed.out).toBe(0)
    rmSync(at("restored"), { recursive: true })
  })

  /** A copy of the backup that somebody changed, with a manifest that fits it again. */
  const changed = (name: string, change: (dir: string) => void): void => {
    cpSync(at("copy"), at(name), { recursive: true })
    change(at(name))
    fitManifest(name)
  }
  const fitManifest = (name: string): void => {
    const manifest = JSON.parse(readFileSync(at(`${name}/backup.json`), "utf8"))
    for (const file of manifest.files) {
      const bytes = readFileSync(join(at(name), file.path))
      file.bytes = bytes.length
      file.sha256 = createHash("sha256").update(bytes).digest("hex")
    }
    writeFileSync(at(`${name}/backup.json`), JSON.stringify(manifest))
  }
  const refused = async (backup: string, says: string, ...more: ReadonlyArray<string>): Promise<void> => {
    const { code, out, err } = await restore(backup, ...more)
    expect(code, `${out}${err}`).toBe(1)
    expect(out).toContain(says)
    expect(readdirSync(root).filter((entry) => entry.startsWith("restored"))).toEqual([])
  }

  it("that was changed is refused, and what is wrong is named", { timeout: STEP_MS }, async () => {
    const tile = (dir: string): string => {
      const entries = join(dir, "data/tlog/p000/tile/entries")
      const [first] = readdirSync(entries, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      return join(first!.parentPath, first!.name)
    }
    // By its hash alone, where the manifest was not changed with it.
    cpSync(at("copy"), at("torn"), { recursive: true })
    const torn = tile(at("torn"))
    const bytes = readFileSync(torn)
    bytes[5] = bytes[5]! ^ 1
    writeFileSync(torn, bytes)
    await refused("torn", "its SHA-256 is another")
    rmSync(torn)
    await refused("torn", "is missing")
    // With a manifest that fits: the log itself says it.
    changed("forged", (dir) => {
      const path = tile(dir)
      const content = readFileSync(path)
      content[5] = content[5]! ^ 1
      writeFileSync(path, content)
    })
    await refused("forged", "partition 0:")
    await refused("forged", "backup.json has the digest", "--digest", digest)
    // A state that nobody can read: the log is whole, and could not be gone on from.
    cpSync(at("copy"), at("states"), { recursive: true })
    const log = await openEmbedded({ dir: at("states/data") })
    const stream = `${topology === "chained" ? "chained" : "anomaly-quarantine"}.state.v1`
    await log.append({ stream, partition: 1 }, [{ key: Buffer.from("did:key:zDamaged"), value: Buffer.from([9]) }])
    await log.close()
    fitManifest("states")
    await refused("states", "cannot be read")
  })

  it("has the key of a successor that is not finished, and those of the logs before", {
    timeout: STEP_MS,
  }, async () => {
    const names = ["log-key.1.pem", "log-key.next.pem"]
    for (const name of names)
      writeFileSync(at(`data/${name}`), `${name}, as assay successor leaves it`, { mode: 0o600 })
    const { code, err } = await run("backup", "unfinished", "--data", "data")
    expect(code, err).toBe(0)
    const { files } = JSON.parse(readFileSync(at("unfinished/backup.json"), "utf8"))
    for (const name of [...names, "log-key.pem"]) {
      expect(readFileSync(at(`unfinished/data/${name}`), "utf8")).toBe(readFileSync(at(`data/${name}`), "utf8"))
      expect(files.map(({ path }: { path: string }) => path)).toContain(`data/${name}`)
    }
    for (const name of names) rmSync(at(`data/${name}`))
  })

  it("is refused where another lies, where none was finished, and where its name is taken", {
    timeout: STEP_MS,
  }, async () => {
    expect((await run("backup", "copy", "--data", "data")).code).toBe(2)
    expect((await restore("data")).err).toContain("holds no finished backup")
    const used = await run("restore", "copy", "--data", "data", "--roots", "roots.json")
    expect([used.code, used.err.includes("is not empty")]).toEqual([2, true])
    expect(existsSync(at("data/assay.json"))).toBe(true)
  })
})
