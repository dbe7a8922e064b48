/** The broker is away, holds records back, or has lost some. */
import { setTimeout as sleep } from "node:timers/promises"
import { kafkaClient } from "@assay/kafka-client"
import { NODE } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { SERVICE_NAMES } from "@assay/trust"
import { settingsOf } from "../../bench/target-kafka.ts"
import { type Cause, only, READY_MS } from "../cause.ts"
import { type AlertSite, valuesOf } from "../site.ts"

export const brokerAway: Cause = {
  alerts: ["AssayBrokerUnavailable", "AssayNotReady"],
  what: "the broker sleeps (SIGSTOP)",
  during: async (site) => {
    await site.cluster.nodes[0]!.kill("SIGSTOP")
    return [
      await site.untilSeen(
        "the log is unavailable, a process is not ready",
        (seen) => valuesOf(seen, "assay_log_unavailable").includes(1) && valuesOf(seen, "assay_ready").includes(0),
      ),
    ]
  },
  mended: "it goes on (SIGCONT)",
  mend: async (site) => {
    await site.cluster.nodes[0]!.kill("SIGCONT")
    await site.deployment.untilReady(READY_MS)
    await site.untilSeen("every process is ready", (seen) => {
      const ready = valuesOf(seen, "assay_ready")
      return ready.length === site.deployment.instances.length && ready.every((one) => one === 1)
    })
  },
}

export const heldBack: Cause = {
  alerts: ["AssayLag", "AssayLagBudget"],
  spans: { AssayLagBudget: { growing: 60, lasting: 60, after: 420 } },
  what: "a foreign producer leaves a transaction open on submitted for half a minute",
  during: async (site) => {
    await site.foreign.leaveOpen()
    return [
      await site.untilSeen("more than 30 s are held back", (seen) =>
        valuesOf(seen, "assay_held_back_time_seconds").some((seconds) => seconds > 30),
      ),
    ]
  },
  mended: "it is ended (abort)",
  mend: async (site) => {
    await site.foreign.abort()
    await site.untilSeen("nothing is held back", (seen) =>
      valuesOf(seen, "assay_held_back_time_seconds").every((seconds) => seconds < 5),
    )
  },
}

/** Where the group is to go on: the first record that is kept. */
const setBack = async (site: AlertSite, offset: number): Promise<void> => {
  const admin = kafkaClient(settingsOf(site.cluster.brokers, "")).admin()
  await admin.connect()
  await admin.setOffsets({
    groupId: `${site.prefix}${SERVICE_NAMES.credential}`,
    topic: `${site.prefix}${STREAMS.identified}`,
    partitions: [{ partition: 0, offset: String(offset) }],
  })
  await admin.disconnect()
}

export const recordsLost: Cause = {
  alerts: ["AssayRecordsLost", "AssayNoProgress"],
  spans: { AssayNoProgress: { before: 30, paced: true, about: 'group="credential-checker",partition="0"' } },
  what: "records of identified are removed before credential-checker has read them",
  during: async (site) => {
    const service = SERVICE_NAMES.credential
    const one = only(site, service)
    await one.stop()
    await sleep(5_000)
    const at = { stream: STREAMS.identified, partition: 0 }
    const { end } = await site.log.bounds(at)
    const admin = kafkaClient(settingsOf(site.cluster.brokers, "")).admin()
    await admin.connect()
    const topic = `${site.prefix}${STREAMS.identified}`
    // kafkajs knows the leader of a partition only once it has asked for its offsets.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(end) }] })
    await admin.disconnect()
    one.start()
    const halted = await site.untilSeen("a halted partition with entries that wait", (seen) => {
      const isHalted = valuesOf(seen, "assay_partition_halted", 'group="credential-checker"').includes(1)
      return (
        isHalted &&
        valuesOf(seen, "assay_consumer_lag", 'group="credential-checker",partition="0"').some((lag) => lag > 0)
      )
    })
    await sleep(10_000)
    return [halted, await site.snapshot()]
  },
  mended: "the group is set to the first record that is kept; one start with ASSAY_ACCEPT_MOVED, one without",
  mend: async (site) => {
    const one = only(site, SERVICE_NAMES.credential)
    await one.stop()
    const { start } = await site.log.bounds({ stream: STREAMS.identified, partition: 0 })
    await setBack(site, start)
    one.start({ [NODE.acceptMoved.key]: "true" })
    await site.deployment.untilReady(READY_MS)
    await one.stop()
    one.start()
    await site.deployment.untilReady(READY_MS)
    await site.untilSeen("nothing stands still, and nothing waits for long", (seen) =>
      [...valuesOf(seen, "assay_partition_halted"), ...valuesOf(seen, "assay_consumer_lag_time_seconds")].every(
        (value) => value < 1,
      ),
    )
  },
}
