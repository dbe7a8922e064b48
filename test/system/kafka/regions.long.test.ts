/**
 * Two sites, each with a broker, judges and a sealer of its own, and one anchor log over both. The network between them fails: each
 * goes on by itself, and the anchor log takes what the other sealed meanwhile when it is back.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { type Cluster, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { partitionOf } from "@assay/log"
import { type OpenNode, openNode } from "@assay/node"
import { readLogConfiguration } from "@assay/node/log"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { until } from "./attacked-deployment.ts"

const STEP_MS = 600_000
const PARTITIONS = 2
/** An epoch of its own for each site: origins and logs have other names. */
const EPOCHS = { north: 1, south: 1001 } as const
type Name = keyof typeof EPOCHS
const NAMES = Object.keys(EPOCHS) as ReadonlyArray<Name>

interface Site {
  readonly broker: Cluster
  readonly env: Readonly<Record<string, string>>
  readonly node: OpenNode
  readonly device: Device
}

describeBroker("two sites under one anchor log", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-regions-"))
  const at = (name: string): string => join(root, name)
  const sites = new Map<Name, Site>()
  let world: World

  const begin = async (name: Name): Promise<void> => {
    const basePort = await freePorts(portsOf({ nodes: 1, secure: false }))
    const broker = await startCluster({ dataDir: at(`broker-${name}`), basePort, heap: "256m", tied: true })
    const env = {
      LOG: "kafka",
      KAFKA_BROKERS: (broker.client.brokers as ReadonlyArray<string>).join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: `${name}.`,
    }
    const made = await assay(
      ["topics", "apply", "--partitions", String(PARTITIONS), "--epoch", String(EPOCHS[name]), "--json"],
      { cwd: root, env },
    )
    expect(made.code, made.err).toBe(0)
    const { kafka } = readLogConfiguration(env)
    const node = await openNode(SERVICES, {
      dir: at(name),
      kafka: kafka!,
      roots: world.rootSet,
      topology: "chained",
      tickMs: 500,
      seal: true,
      workers: 0,
    })
    await publishKnowledge(node.log, "bundle", world.signedBundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    sites.set(name, { broker, env, node, device: world.device(name) })
  }

  beforeAll(async () => {
    world = new World({ seed: "regions", now: Math.floor(Date.now() / 1000) + 60 })
    writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
    for (const name of NAMES) await begin(name)
    // The south as the process that anchors reaches it: its tiles may be out of reach, and its node goes on sealing.
    mkdirSync(at("seen"))
    cpSync(at("south/vkeys"), at("seen/vkeys"), { recursive: true })
    symlinkSync(at("south/tlog"), at("seen/tlog"))
  }, STEP_MS)
  afterAll(async () => {
    for (const { node } of sites.values()) await node.close()
    for (const { broker } of sites.values()) await broker.stop()
    rmSync(root, { recursive: true, force: true })
  }, STEP_MS)

  const say = async (name: Name, messages: number): Promise<void> => {
    const { node, device } = sites.get(name)!
    const key = Buffer.from(device.did)
    const partition = partitionOf(key, PARTITIONS)
    for (let n = 0; n < messages; n++) {
      const { bytes } = device.message()
      await node.log.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelopeOf(bytes))])
    }
    await node.settled()
  }
  const anchor = async () => {
    const call = ["anchor", "run", "--data", "north", "--sites", "seen", "--state", "anchors", "--once", "--json"]
    const { code, out, err } = await assay(call, { cwd: root, env: {} })
    return { code, round: JSON.parse(out || "null") as { size: number; problems: ReadonlyArray<string> } | null, err }
  }
  const verify = (name: Name) =>
    assay(["verify", name, "--key", at(`${name}/vkeys`), "--streams", "--json"], {
      cwd: root,
      env: sites.get(name)!.env,
    })

  it("is one record: the heads of both, in one log", { timeout: STEP_MS }, async () => {
    for (const name of NAMES) await say(name, 5)
    const first = await anchor()
    expect([first.code, first.err]).toEqual([0, ""])
    expect(first.round).toMatchObject({ size: 2 * PARTITIONS, problems: [] })
  })

  it("goes on at each site alone while the network between them is down, and is whole again afterwards", {
    timeout: STEP_MS,
  }, async () => {
    // What the anchor log has of the south does not come: its directory is not reached.
    rmSync(at("seen/tlog"))
    await say("north", 5)
    const alone = await anchor()
    expect(alone.round!.size).toBeGreaterThan(2 * PARTITIONS)
    symlinkSync(at("south/tlog"), at("seen/tlog"))
    // The south's own broker is away: nothing is decided there, the north does not notice.
    const { broker, node } = sites.get("south")!
    await broker.nodes[0]!.kill("SIGKILL")
    await say("north", 5)
    await broker.nodes[0]!.start()
    await until(() => node.notReady() === null, "the south works again", 120_000)
    await say("south", 5)
    const whole = await anchor()
    expect([whole.code, whole.round!.problems]).toEqual([0, []])
    expect(whole.round!.size).toBeGreaterThan(alone.round!.size)
    for (const name of NAMES) {
      const { code, out } = await verify(name)
      expect(code, out).toBe(0)
    }
  })

  it("refuses two sites whose logs have one name", { timeout: STEP_MS }, async () => {
    const call = ["anchor", "run", "--data", "north", "--sites", "north", "--state", "other", "--once"]
    const { code, err } = await assay(call, { cwd: root, env: {} })
    expect([code, err]).toEqual([2, expect.stringContaining("needs an epoch of its own")])
  })
})
