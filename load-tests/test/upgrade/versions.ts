/** A deployment of two versions on Kafka, and what its record says. */
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { type Log, partitionOf, recordsIn } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { decodeAudit, useEmbeddedIds, withSchemaId } from "@assay/schemas"
import { KAFKA, NODE, REGISTRY } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { testCluster } from "@assay/testkit/kafka"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { expect, vi } from "vitest"
import { assay, kafkaEnvironment, MAIN } from "../../src/cluster/assay.ts"
import { type Deployment, startDeployment } from "../../src/cluster/deployment.ts"
import { nowSeconds } from "../../src/now.ts"
import { LATER_ENTRY } from "./next-version.ts"

const PARTITIONS = 2
const DEVICES = 4
export const READY_MS = 120_000
const SETTLE_MS = 120_000
const LOOK = { interval: 250 }

/** What the last stage, or a stage before it, decided about a message. */
export interface Decided {
  readonly outcome: string
  /** By which version of its judge integrity-hasher judged. */
  readonly logic: number | undefined
}

export class Versions {
  readonly env: Readonly<Record<string, string>>
  readonly world: World
  readonly log: Log
  readonly deployment: Deployment
  readonly #groups: ReadonlyArray<readonly [group: string, stream: string]>
  readonly #devices: ReadonlyArray<Device>
  said = 0

  private constructor(parts: Pick<Versions, "env" | "world" | "log" | "deployment">, isChained: boolean) {
    this.env = parts.env
    this.world = parts.world
    this.log = parts.log
    this.deployment = parts.deployment
    const inputs = [STREAMS.submitted, STREAMS.identified, STREAMS.checked, STREAMS.hashed, STREAMS.segmented]
    this.#groups = isChained
      ? [["chained", STREAMS.submitted]]
      : STAGES.map((stage, nth) => [SERVICE_NAMES[stage], inputs[nth]!])
    // As many in each partition: what is asked of each must have been said in each.
    const places = Array.from({ length: PARTITIONS }, (): Array<Device> => [])
    for (let nth = 0; places.some((devices) => devices.length < DEVICES / PARTITIONS); nth++) {
      const device = this.world.device(`device ${nth}`)
      const devices = places[partitionOf(Buffer.from(device.did), PARTITIONS)]!
      if (devices.length < DEVICES / PARTITIONS) devices.push(device)
    }
    this.#devices = places.flat()
  }

  /**
   * @param options.main the sources that all begin with; this tree's where left out
   * @param options.registry its URL; left out: the ids of the repository
   */
  static async start(
    dir: string,
    options: {
      readonly topology: "chained" | "staged"
      readonly instances: number
      readonly main?: string
      readonly registry?: string
    },
  ): Promise<Versions> {
    const { topology, instances, main = MAIN, registry } = options
    const { client } = await testCluster()
    const brokers = client.brokers as ReadonlyArray<string>
    const prefix = `v${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}.`
    const more = {
      [KAFKA.allowInsecure.key]: "true",
      ...(registry === undefined ? {} : { [REGISTRY.url.key]: registry }),
    }
    const env = { ...kafkaEnvironment(brokers, prefix), ...more }
    await assay(["topics", "apply", "--partitions", String(PARTITIONS), "--replication", "1"], env)
    if (registry !== undefined) await assay(["schemas", "apply"], env)
    useEmbeddedIds()
    const log = await openLog(readLogConfiguration(env), null)
    const world = new World({ seed: prefix, now: nowSeconds(), log })
    for (const [kind, body] of world.signedItems) await publishKnowledge(log, kind, body)
    const deployment = await startDeployment({
      ...{ brokers, prefix, topology, instances, main, dir, roots: world.rootSet },
      env: { ...more, [NODE.tickMs.key]: "1000", [NODE.workers.key]: "0", [KAFKA.sessionTimeoutMs.key]: "6000" },
    })
    const versions = new Versions({ env, world, log, deployment }, topology === "chained")
    await deployment.untilReady(READY_MS)
    for (const device of versions.#devices) await versions.#append(device, device.presentation().bytes)
    await versions.settled()
    return versions
  }

  async #append(device: Device, bytes: Uint8Array): Promise<void> {
    const key = Buffer.from(device.did)
    const at = { stream: STREAMS.submitted, partition: partitionOf(key, PARTITIONS) }
    await this.log.append(at, [encodeSubmitted(key, envelopeOf(bytes))])
    this.said++
  }

  /** A message as an ingress of the version with the newer schema appends it: the envelope, and its new field, end the record. */
  async sayLater(): Promise<void> {
    const [device] = this.#devices
    const key = Buffer.from(device!.did)
    const { value } = encodeSubmitted(key, envelopeOf(device!.message().bytes))
    const later = Buffer.concat([withSchemaId(value, LATER_ENTRY), Buffer.from([0])])
    await this.log.append({ stream: STREAMS.submitted, partition: partitionOf(key, PARTITIONS) }, [
      { key, value: later },
    ])
  }

  /** Each device says so many messages. */
  async say(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++)
      for (const device of this.#devices) await this.#append(device, device.message().bytes)
  }

  /** All groups have read what there is. */
  async settled(groups = this.#groups.length): Promise<void> {
    for (const [group, stream] of this.#groups.slice(0, groups))
      for (let partition = 0; partition < PARTITIONS; partition++)
        await vi.waitFor(
          async () => {
            // Ticks come meanwhile; what was there at the first look is enough.
            const at = { stream, partition }
            const last = (await this.#lastOf(stream, partition)) + 1
            expect(await this.log.position(group, at), `${group} on ${stream}/${partition}`).toBeGreaterThanOrEqual(
              last,
            )
          },
          { ...LOOK, timeout: SETTLE_MS },
        )
  }

  /** Offset of the last record; markers of transactions behind it are none. */
  async #lastOf(stream: string, partition: number): Promise<number> {
    let last = -1
    for await (const { offset } of recordsIn(this.log, stream, partition)) last = offset
    return last
  }

  async count(stream: string): Promise<number> {
    let found = 0
    for (let partition = 0; partition < PARTITIONS; partition++)
      for await (const _ of recordsIn(this.log, stream, partition)) found++
    return found
  }

  /** Of each partition, in the order of its messages. */
  async decided(): Promise<ReadonlyArray<ReadonlyArray<Decided>>> {
    const all: Array<Array<Decided>> = []
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const found: Array<readonly [number, Decided]> = []
      for await (const { value } of recordsIn(this.log, STREAMS.audit, partition)) {
        const { kind, origin, decision, verdicts } = decodeAudit(value)
        if (kind !== "decision" || decision === null) continue
        const logic = verdicts.find(({ stage }) => stage === "integrity")?.logic
        found.push([origin.offset, { outcome: decision.outcome, logic }])
      }
      all.push(found.sort(([a], [b]) => a - b).map(([, one]) => one))
    }
    return all
  }

  /** @throws Error with what the command said */
  replay(main = MAIN): Promise<string> {
    return assay(["replay", "--roots", this.deployment.rootsFile], this.env, main)
  }

  async stop(): Promise<void> {
    await this.deployment.stop()
    await this.log.close()
  }
}
