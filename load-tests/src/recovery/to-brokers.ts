/** From a restored directory back to brokers: the next epoch of its log, and a node that is ready on it. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { EPOCH_TYPE } from "@assay/knowledge"
import type { OpenNode } from "@assay/node"
import { readLogConfiguration } from "@assay/node/log"
import { kafkaEnvironment } from "../cluster/assay.ts"
import { ownBrokers } from "../cluster/brokers.ts"

const PREFIX = "recovery."

export interface Back {
  readonly root: string
  /** Below it: the restored directory, whose node has stopped. */
  readonly dir: string
  readonly partitions: number
  readonly world: World
  /** Runs a command in `root`. */
  readonly run: (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) => Promise<Record<string, unknown>>
  readonly open: (kafka: KafkaSettings) => Promise<OpenNode>
  readonly progress: (text: string) => void
}

/** @returns milliseconds: planning, making topics and writing every state; then until the node is ready */
export const backToBrokers = async ({ root, dir, partitions, world, run, open, progress }: Back) => {
  const own = await ownBrokers(root, 1, progress)
  try {
    const env = kafkaEnvironment(own.brokers, PREFIX)
    const grow = (...args: ReadonlyArray<string>) =>
      run(["topics", "grow", "--from-data", dir, "--replication", "1", ...args], env)
    const begun = performance.now()
    const epoch = Buffer.from(JSON.stringify(await grow("--partitions", String(partitions))))
    writeFileSync(join(root, "epoch.dsse"), dsseSign(EPOCH_TYPE, epoch, world.roots.slice(0, 2)))
    await grow("--item", "epoch.dsse", "--to-prefix", PREFIX, "--roots", "root-set.json")
    const grown = performance.now()
    const node = await open(readLogConfiguration(env).kafka!)
    const ready = performance.now()
    await node.close()
    return { grow: grown - begun, ready: ready - grown }
  } finally {
    await own.stop()
  }
}
