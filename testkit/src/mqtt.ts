/** A broker of its own for a test file; or, loudly, none. */
import { appendFileSync, rmSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import {
  ADAPTER,
  findMosquitto,
  type MosquittoOptions,
  type MosquittoServer,
  startMosquitto,
} from "@assay/infra/mosquitto"
import { parseReceiptTopic, parseTemplates, readChallengeTopics } from "@assay/ingress/mqtt"
import { MQTT } from "@assay/settings"

export { ADAPTER }

export const canStartMosquitto: boolean = findMosquitto() !== null

/** Says what is skipped, and why: a test that is silently not run is worse than none. */
export const sayWhatIsSkipped = (file: string): void => {
  if (canStartMosquitto) return
  process.stderr.write(`SKIPPED in ${file}: all tests against a real broker, there is no mosquitto in the PATH\n`)
}

export interface TestBroker extends MosquittoServer {
  remove(): Promise<void>
}

interface Wanted extends Omit<Partial<MosquittoOptions>, "dir" | "port" | "templates" | "challenges"> {
  readonly topics?: string
  /** Where devices hear the challenges that they ask for; left out: they cannot ask. */
  readonly challenges?: string
  /** Lets everybody use the topics of oneM2M (TS-0010), too. */
  readonly onem2m?: boolean
}

/** Started on a free port and in a directory of its own; `remove` stops it and deletes that. */
export const testBroker = async (wanted: Wanted = {}): Promise<TestBroker> => {
  const { topics = MQTT.topics.fallback, challenges = null, onem2m = false, ...options } = wanted
  const templates = parseTemplates(MQTT.topics.key, topics)
  const dir = await mkdtemp(join(tmpdir(), "assay-mqtt-"))
  const server = await startMosquitto({
    dir,
    port: await freePorts(1),
    templates,
    receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
    challenges: readChallengeTopics(challenges, MQTT.challengeRequests.fallback, templates),
    ...options,
  })
  if (onem2m) {
    appendFileSync(join(dir, "acl"), "\npattern readwrite /oneM2M/#\n")
    await server.kill("SIGHUP") // it reads its ACL again
  }
  return Object.assign(server, {
    remove: async () => {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  })
}
