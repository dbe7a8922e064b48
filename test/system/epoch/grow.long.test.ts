/**
 * A log that goes on with more partitions: devices move with their states, their chain and their trust; each message is decided
 * once over both epochs, whatever step of the growth ends in the middle; both are verified and replayed.
 */
import { createHash } from "node:crypto"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type GrowStep, grow, planEpoch } from "@assay/cli/epoch"
import { groupsOver, SERVICES } from "@assay/cli/services"
import { appendTicks, encodeSubmitted, publishKnowledge, readNext, type Topology } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { EPOCH_TYPE, hashOfBody } from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 300_000
const [BEFORE, AFTER] = [2, 6]

interface Outcome {
  readonly outcome: string
  readonly origin: string
  readonly reasons: ReadonlyArray<string>
}

describe.each<Topology>(["chained", "staged"])("the next epoch of a %s log", (topology) => {
  const root = mkdtempSync(join(tmpdir(), "assay-grow-"))
  const at = (name: string): string => join(root, name)
  let world: World
  let devices: ReadonlyArray<Device>
  let said = 0
  let late = 0

  const open = (dir: string, partitions?: number): Promise<OpenNode> =>
    openNode(SERVICES, {
      dir,
      ...(partitions === undefined ? {} : { partitions }),
      roots: world.rootSet,
      topology,
      tickMs: 50,
      seal: true,
      workers: 0,
    })
  const submit = async (log: Log, device: Device, { bytes } = device.message()): Promise<void> => {
    const key = Buffer.from(device.did)
    const partition = partitionOf(key, log.partitions)
    await log.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelopeOf(bytes))])
    said++
  }
  /** What became of each message, by the digest of its bytes. */
  const decidedIn = async (dir: string): Promise<ReadonlyMap<string, ReadonlyArray<Outcome>>> => {
    const log = await openEmbedded({ dir, readOnly: true })
    const found = new Map<string, Array<Outcome>>()
    try {
      for (let partition = 0; partition < log.partitions; partition++)
        for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
          for (const { value } of await log.read({ stream, partition }, 0, 100_000, 1 << 30)) {
            const { envelope, origin, decision, verdicts } = decodeAssayed(value)
            const digest = createHash("sha256").update(envelope.bytes).digest("hex")
            const reasons = Object.values(verdicts).flatMap((verdict) => verdict?.reasons ?? [])
            const outcome = {
              outcome: decision!.outcome,
              origin: `${origin.epoch}/${origin.partition}/${origin.offset}`,
              reasons,
            }
            found.set(digest, [...(found.get(digest) ?? []), outcome])
          }
      return found
    } finally {
      await log.close()
    }
  }
  const run = (...args: ReadonlyArray<string>) => assay([...args, "--json"], { cwd: root, env: {} })

  beforeAll(async () => {
    // Now: what a device signed before the log began is refused.
    world = new World({ seed: `grow ${topology}`, now: Math.floor(Date.now() / 1000) })
    devices = Array.from({ length: 16 }, (_, n) => world.device(`grows ${n}`))
    writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
    const node = await open(at("first"), BEFORE)
    await publishKnowledge(node.log, "bundle", world.signedBundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    for (const device of devices) await submit(node.log, device, device.presentation())
    for (let round = 0; round < 15; round++) {
      for (const device of devices) await submit(node.log, device)
      await node.settled()
    }
    await node.close()
    // Callers did not know yet: these were taken, and nobody has judged them.
    const log = await openEmbedded({ dir: at("first") })
    for (const device of devices.slice(0, 10)) await submit(log, device)
    late = 10
    await log.close()
  }, STEP_MS)
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  /** Grows by the function that the command calls, and stops after `steps` of its steps, as a process that dies there. */
  const growFor = async (steps: number, dir: string, to: string): Promise<GrowStep["step"] | "done"> => {
    const from = await openEmbedded({ dir })
    let left = steps
    let died: GrowStep["step"] | null = null
    const onStep = ({ step }: GrowStep): void => {
      if (left-- > 0) return
      died = step
      throw new Error("died")
    }
    const body = signed!
    try {
      await grow({
        from,
        place: { dir },
        make: async () => {
          const made = await openEmbedded({ dir: to, partitions: AFTER, epoch: 2, clock: () => from.genesis })
          await made.close()
          return openEmbedded({ dir: to, partitions: AFTER, epoch: 2 })
        },
        where: to,
        groups: groupsOver(from),
        item: { body, hash: hashOfBody(body), epoch: JSON.parse(plan) },
        onStep,
      })
      return "done"
    } catch (cause) {
      if (died !== null) return died
      throw cause
    } finally {
      await from.close()
    }
  }
  let plan = ""
  let signed: Uint8Array | null = null

  it("is planned where the former one is at its end, and signed by the roots", { timeout: STEP_MS }, async () => {
    const from = await openEmbedded({ dir: at("first") })
    await expect(planEpoch(from, groupsOver(from), 5)).rejects.toThrow("5 is no multiple of the log's 2 partitions")
    await from.close()
    const { code, out, err } = await run("topics", "grow", "--partitions", String(AFTER), "--data", "first")
    expect(code, err).toBe(0)
    plan = out
    expect(JSON.parse(out)).toMatchObject({
      version: 2,
      partitions: AFTER,
      previous: { heads: [{ partition: 0 }, {}] },
    })
    signed = dsseSign(EPOCH_TYPE, Buffer.from(out), world.roots.slice(0, 2))
    writeFileSync(at("epoch.dsse"), signed)
    const forged = dsseSign(EPOCH_TYPE, Buffer.from(out), world.roots.slice(0, 1))
    writeFileSync(at("forged.dsse"), forged)
    const refused = await run(
      ...["topics", "grow", "--item", "forged.dsse", "--data", "first", "--to-data", "second"],
      ...["--roots", "roots.json"],
    )
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("control.knowledge")])
  })

  it("is not ended where a process judged on before it was fenced", { timeout: STEP_MS }, async () => {
    cpSync(at("first"), at("judged-on"), { recursive: true })
    const from = await openEmbedded({ dir: at("judged-on") })
    const group = topology === "chained" ? "chained" : "identity-resolver"
    const place = { stream: STREAMS.submitted, partition: 0 }
    const growing = grow({
      from,
      place: { dir: at("judged-on") },
      make: () => Promise.reject(new Error("nothing is made")),
      where: at("never"),
      groups: groupsOver(from),
      item: { body: signed!, hash: hashOfBody(signed!), epoch: JSON.parse(plan) },
      onStep: async ({ step }) => {
        if (step !== "ended") return
        const position = await from.take(group, place)
        await from.commit(0, { ...place, group, from: position, next: position + 1, outputs: [] })
      },
    })
    await expect(growing).rejects.toThrow("so it goes on as before")
    expect(await readNext(from)).toBeNull()
    await from.close()
  })

  it("begins in a place where nothing was written before", { timeout: STEP_MS }, async () => {
    cpSync(at("first"), at("ends"), { recursive: true })
    const from = await openEmbedded({ dir: at("ends") })
    const growing = grow({
      from,
      place: { dir: at("ends") },
      make: async () => {
        const made = await openEmbedded({ dir: at("used"), partitions: AFTER, epoch: 2, clock: () => from.genesis })
        await appendTicks(made)
        return made
      },
      where: at("used"),
      groups: groupsOver(from),
      item: { body: signed!, hash: hashOfBody(signed!), epoch: JSON.parse(plan) },
    })
    await expect(growing).rejects.toThrow(`${STREAMS.submitted}/0 of the next epoch before its first entry`)
    await from.close()
  })

  it("is the same whatever step ends in the middle, and is judged by nobody before it is filled", {
    timeout: STEP_MS,
  }, async () => {
    cpSync(at("first"), at("copy"), { recursive: true })
    const deaths: Array<GrowStep["step"]> = []
    // Each twice: the second time what the first one did is done.
    for (let n = 0; ; n++) {
      const at = await growFor(Math.floor(n / 2), join(root, "copy"), join(root, "torn"))
      if (at === "done") break
      deaths.push(at)
      // From here on the former one takes nothing, and the next one is not judged.
      if (at !== "checked") await expect(open(join(root, "copy"))).rejects.toThrow("epoch 2 goes on from it")
      if (["made", "moved", "carried"].includes(at))
        await expect(open(join(root, "torn"))).rejects.toThrow("is not filled yet")
    }
    expect([...new Set(deaths)]).toEqual(["checked", "ended", "made", "moved", "carried", "filled"])
    expect(await growFor(0, at("first"), at("second"))).toBe("checked")
    const { code, out, err } = await run(
      ...["topics", "grow", "--item", "epoch.dsse", "--data", "first", "--to-data", "second"],
      ...["--roots", "roots.json"],
    )
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ epoch: 2, messages: late, left: 0 })
    for (const stream of [STREAMS.submitted, `${topology === "chained" ? "chained" : "identity-resolver"}.state.v1`]) {
      const of = async (dir: string) => {
        const log = await openEmbedded({ dir: at(dir), readOnly: true })
        const rows = await Promise.all(
          Array.from({ length: AFTER }, async (_, partition) => {
            const records = await log.read({ stream, partition }, 0, 100_000, 1 << 30)
            // A table is its last records.
            return stream === STREAMS.submitted
              ? records.map(({ value }) => Buffer.from(value).toString("hex"))
              : [...new Map(records.map(({ key, value }) => [String(key), Buffer.from(value).toString("hex")]))].sort()
          }),
        )
        await log.close()
        return rows
      }
      expect(await of("torn")).toEqual(await of("second"))
    }
  })

  it("goes on with every device as it was: chain, trust, place; and decides each message once", {
    timeout: STEP_MS,
  }, async () => {
    const before = await decidedIn(at("first"))
    const node = await open(at("second"))
    await node.settled()
    for (let round = 0; round < 3; round++) {
      for (const device of devices) await submit(node.log, device)
      await node.settled()
    }
    await node.close()
    const after = await decidedIn(at("second"))
    const all = [...before.values(), ...after.values()]
    expect(all.flat()).toHaveLength(said)
    expect(new Set([...before.keys(), ...after.keys()]).size).toBe(said)
    expect(all.every((outcomes) => outcomes.length === 1)).toBe(true)
    const outcomes = [...after.values()].flat()
    expect(outcomes).toHaveLength(late + 3 * devices.length)
    // Trusted before, trusted now; no gap in the chain, no credential to show anew.
    const last = [...before.values()].flat().filter(({ outcome }) => outcome === "verified")
    expect(last.length).toBeGreaterThan(devices.length)
    expect(outcomes.filter(({ outcome }) => outcome !== "verified")).toEqual([])
    expect(outcomes.flatMap(({ reasons }) => reasons)).toEqual([])
    expect(new Set(outcomes.map(({ origin }) => origin.split("/")[1])).size).toBeGreaterThan(BEFORE)
  })

  it("is verified as is the former one, whose last heads its first leaf vouches for; and replayed over both", {
    timeout: STEP_MS,
  }, async () => {
    for (const dir of ["first", "second"]) {
      const { code, out } = await run("verify", dir, "--key", at(`${dir}/vkeys`), "--roots", "roots.json", "--streams")
      expect(code, out).toBe(0)
    }
    const [{ origin }] = [...(await decidedIn(at("first"))).values()].flat() as [Outcome]
    const proof = await run("prove", origin, "--data", "first", "--out", at("old.proof"))
    expect(proof.code, proof.err).toBe(0)
    const proven = await run(
      "verify-proof",
      at("old.proof"),
      "--key",
      at(`first/vkeys/p00${origin.split("/")[1]}.vkey`),
    )
    expect(proven.code, proven.out).toBe(0)
    const log = await openEmbedded({ dir: at("second"), readOnly: true })
    const [first] = await log.read({ stream: STREAMS.audit, partition: 0 }, 0, 1, 1 << 20)
    await log.close()
    expect(Buffer.from(first!.value).toString("latin1")).toContain(hashOfBody(signed!))

    const alone = await run("replay", "--data", "second", "--roots", "roots.json")
    expect(alone.code, "nothing but the former epoch makes these devices known").toBe(1)
    const both = await run("replay", "--data", "second", "--after", "first", "--roots", "roots.json")
    expect(both.code, both.out).toBe(0)
    expect(JSON.parse(both.out)).toMatchObject({ decisions: said, agreed: said, differing: 0 })
  })

  it("takes over later what a caller had brought to the former one too late, once", { timeout: STEP_MS }, async () => {
    const log = await openEmbedded({ dir: at("first") })
    await submit(log, devices[0]!)
    await log.close()
    const again = () =>
      run(
        ...["topics", "grow", "--item", "epoch.dsse", "--data", "first", "--to-data", "second"],
        ...["--roots", "roots.json"],
      )
    expect(JSON.parse((await again()).out)).toMatchObject({ moved: 0, messages: 1 })
    expect(JSON.parse((await again()).out)).toMatchObject({ moved: 0, messages: 0 })
    const node = await open(at("second"))
    await node.settled()
    await node.close()
    expect([...(await decidedIn(at("second"))).values()].flat()).toHaveLength(late + 3 * devices.length + 1)
  })
})
