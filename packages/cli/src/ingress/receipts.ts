/** The receipts of an adapter: what signs them, and where their position is kept. */
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { groupCheckpoint } from "@assay/consumer"
import { filePositions, openState } from "@assay/egress"
import {
  type MqttAdapter,
  type MqttSettings,
  RECEIPT_TYPE,
  type RunningReceipts,
  startReceipts,
} from "@assay/ingress/mqtt"
import { signClaimsWith } from "@assay/jose"
import type { Log } from "@assay/log"
import { openLog } from "@assay/node/log"
import { MQTT } from "@assay/settings"
import { type Arguments, UsageError } from "../command.ts"
import { openKey } from "../keys.ts"
import { complainOf } from "../output.ts"

/** The consumer group of all instances. A principal's rights on the brokers are to groups that begin with its role. */
const GROUP = "receipts-mqtt"

/** @param setting what needs it. @throws UsageError */
export const openEmbedded = (given: Arguments, setting: string): Promise<Log> => {
  const dir = given.text("data")
  if (dir === null || !existsSync(join(dir, "assay.json")))
    throw new UsageError(
      `${setting} is set, and what it sends is read from the log beside the node: name its data directory with --data DIR`,
    )
  return openLog({ kafka: null }, dir, { readOnly: true })
}

/**
 * @param shared the log of the adapter on Kafka; null: a node has it
 * @throws UsageError, DataDirError: nothing stays open
 */
export const openReceipts = async (
  given: Arguments,
  { receipts, broker }: MqttSettings,
  shared: Log | null,
  adapter: MqttAdapter,
): Promise<RunningReceipts | null> => {
  if (receipts === null) return null
  const key = await openKey(receipts.keyFile)
  const log = shared ?? (await openEmbedded(given, MQTT.receiptKey.key))
  const place = given.text("state") ?? `${broker.clientId}.state`
  if (shared === null) mkdirSync(place, { recursive: true, mode: 0o700 })
  const state = shared === null ? openState(place) : null
  const running = await startReceipts({
    log,
    group: shared === null ? null : GROUP,
    checkpoint: state === null ? groupCheckpoint(log, GROUP) : await filePositions(state.positions, log),
    issuer: key.did,
    sign: (claims) => signClaimsWith(claims, key, { kid: key.kid, typ: RECEIPT_TYPE }),
    topic: receipts.topic,
    perSecond: receipts.perSecond,
    publish: adapter.publish,
    onProblem: complainOf,
  })
  return {
    ...running,
    stop: async () => {
      await running.stop()
      state?.release()
      await key.close()
      if (shared === null) await log.close()
    },
  }
}
