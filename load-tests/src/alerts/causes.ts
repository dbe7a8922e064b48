/** Each alert caused as it would come about, and mended as its runbook says (docs/guides/operations.md). */
import { existsSync, renameSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { ATTACKS, Scene, type World } from "@assay/fleet"
import { kafkaClient } from "@assay/kafka-client"
import { STREAMS } from "@assay/streams"
import { SERVICE_NAMES } from "@assay/trust"
import { settingsOf } from "../bench/target-kafka.ts"
import type { Instance } from "../cluster/instance.ts"
import { nowSeconds } from "../now.ts"
import { type AlertReceiver, alertReceiver } from "./receiver.ts"
import { type AlertSite, PARTITIONS, SESSION_MS, sumOf, valuesOf } from "./site.ts"
import type { Snapshot } from "./tape.ts"

export interface Cause {
  readonly alerts: ReadonlyArray<string>
  readonly what: string
  /** What must be there before: it belongs to what processes say then. */
  prepare?(site: AlertSite): Promise<void>
  /** @returns what processes say while it lasts, one after another */
  during(site: AlertSite): Promise<ReadonlyArray<Snapshot>>
  /** What was done about it. */
  readonly mended: string
  /** Null where nothing is mended here: the alert goes on. */
  readonly mend: ((site: AlertSite) => Promise<void>) | null
  /** Fires before, too: it is so from the beginning. */
  readonly always?: true
  /** Minutes of load before, where the alert compares with yesterday. */
  readonly before?: number
  /** Takes away what `prepare` made. */
  end?(): Promise<void>
}

const READY_MS = 120_000
const A_DAY = 1_500
/** Decisions that make a rate. */
const A_RATE = 200

const only = (site: AlertSite, service: string): Instance => site.deployment.of(service)[0]!

const killed: Cause = {
  alerts: ["AssayDown"],
  what: "the one instance of segmentation-enforcer is killed",
  during: async (site) => {
    await only(site, SERVICE_NAMES.segmentation).kill()
    return [await site.snapshot()]
  },
  mended: "it is started again",
  mend: async (site) => {
    only(site, SERVICE_NAMES.segmentation).start()
    await site.deployment.untilReady(READY_MS)
  },
}

const brokerAway: Cause = {
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

let openTransaction: { abort(): Promise<void>; stop(): Promise<void> } | null = null

const heldBack: Cause = {
  alerts: ["AssayLag"],
  what: "a foreign producer leaves a transaction open on submitted for half a minute",
  during: async (site) => {
    const kafka = kafkaClient(settingsOf(site.cluster.brokers, ""))
    const producer = kafka.producer({
      ...{ transactionalId: "foreign", maxInFlightRequests: 1, idempotent: true, transactionTimeout: 60_000 },
      retry: { retries: 5 },
    })
    await producer.connect()
    const transaction = await producer.transaction()
    openTransaction = { abort: () => transaction.abort(), stop: () => producer.disconnect() }
    for (let partition = 0; partition < PARTITIONS; partition++)
      await transaction.send({
        topic: `${site.prefix}${STREAMS.submitted}`,
        messages: [{ key: "foreign", value: "left open", partition }],
      })
    return [
      await site.untilSeen("more than 30 s are held back", (seen) =>
        valuesOf(seen, "assay_held_back_time_seconds").some((seconds) => seconds > 30),
      ),
    ]
  },
  mended: "it is ended (abort)",
  mend: async (site) => {
    await openTransaction!.abort()
    await openTransaction!.stop()
    await site.untilSeen("nothing is held back", (seen) =>
      valuesOf(seen, "assay_held_back_time_seconds").every((seconds) => seconds < 5),
    )
  },
}

const slow: Cause = {
  alerts: ["AssaySlowDecisions"],
  what: "the last stage sleeps for five seconds while messages come",
  during: async (site) => {
    const late = (seen: Snapshot): number =>
      sumOf(seen, "assay_decision_latency_seconds_count") -
      sumOf(seen, "assay_decision_latency_seconds_bucket", 'le="2"')
    const before = late(await site.snapshot())
    const last = only(site, SERVICE_NAMES.anomaly)
    last.pause()
    await sleep(5_000)
    last.resume()
    return [await site.untilSeen("twenty decisions that took longer than 2 s", (seen) => late(seen) > before + 20)]
  },
  mended: "it goes on, and decisions are in time again",
  mend: async (site) => {
    await site.deployment.untilReady(READY_MS)
    await sleep(10_000)
  },
}

const foreignOn =
  (stream: string) =>
  async (site: AlertSite): Promise<void> => {
    await site.log.append({ stream, partition: 0 }, [
      { key: Buffer.from("foreign"), value: Buffer.from("no record of ours") },
    ])
  }

const deadLetter: Cause = {
  alerts: ["AssayDeadLetters"],
  what: "bytes that are no entry are written to submitted",
  during: async (site) => {
    const before = sumOf(await site.snapshot(), "assay_deadletters_total")
    await foreignOn(STREAMS.submitted)(site)
    return [await site.untilSeen("a dead letter", (seen) => sumOf(seen, "assay_deadletters_total") > before)]
  },
  mended: "nobody writes them any more",
  mend: async () => undefined,
}

const undecided: Cause = {
  alerts: ["AssayUndecided"],
  what: "somebody writes bytes between two stages",
  during: async (site) => {
    const before = sumOf(await site.snapshot(), "assay_undecided_entries_total")
    await foreignOn(STREAMS.identified)(site)
    return [await site.untilSeen("an undecided entry", (seen) => sumOf(seen, "assay_undecided_entries_total") > before)]
  },
  mended: "nobody writes there any more",
  mend: async () => undefined,
}

const attack = async (site: AlertSite, name: string, instances: number): Promise<void> => {
  const found = ATTACKS.find((one) => one.name === name)!
  const later = Object.create(site.world, { now: { value: nowSeconds() } }) as World
  for (let instance = 0; instance < instances; instance++)
    for (const { submission } of found.inject(new Scene(later, found, instance, { learn: 3, flood: 5, crowd: 5 })))
      await site.submit(submission)
}

const chainBroken: Cause = {
  alerts: ["AssayChainBreak"],
  what: "a message names another predecessor than its device said",
  during: async (site) => {
    const of = 'reason="integrity.chain_broken"'
    const before = sumOf(await site.snapshot(), "assay_reasons_total", of)
    await attack(site, "broken-chain", 1)
    return [await site.untilSeen("a broken chain", (seen) => sumOf(seen, "assay_reasons_total", of) > before)]
  },
  mended: "it is explained, and the device is released",
  mend: async () => undefined,
}

const quarantined = (snapshot: Snapshot): number => sumOf(snapshot, "assay_decisions_total", 'outcome="quarantined"')

const decided = (snapshot: Snapshot): number => sumOf(snapshot, "assay_decisions_total")

const jump: Cause = {
  alerts: ["AssayQuarantineJump"],
  what: "many devices speak to a zone for which they have no conduit",
  before: A_DAY,
  prepare: async (site) => {
    const before = decided(await site.snapshot())
    await site.untilSeen("a rate to compare with", (seen) => decided(seen) > before + A_RATE)
  },
  during: async (site) => {
    const before = quarantined(await site.snapshot())
    await attack(site, "forbidden-zone", 60)
    return [await site.untilSeen("60 more are quarantined", (seen) => quarantined(seen) >= before + 60)]
  },
  mended: "they speak to it no more",
  mend: async () => undefined,
}

const readModelAway: Cause = {
  alerts: ["AssayReadModelBehind"],
  what: "Redis is killed",
  during: async (site) => {
    await site.redis.kill("SIGKILL")
    return [await site.untilSeen("the read model is away", (seen) => valuesOf(seen, "assay_read_model_up").includes(0))]
  },
  mended: "it is started again",
  mend: async (site) => {
    await site.redis.start()
    await site.untilSeen("the read model is back", (seen) => {
      const up = valuesOf(seen, "assay_read_model_up")
      return up.length > 0 && up.every((one) => one === 1)
    })
  },
}

const withKeyAway = async (site: AlertSite, move: (key: string, away: string) => void): Promise<void> => {
  const sealer = only(site, SERVICE_NAMES.integrity)
  await sealer.stop()
  const key = [join(site.deployment.sealDir, "log-key.pem"), join(site.deployment.sealDir, "tlog/log-key.pem")]
  const found = key.find((path) => existsSync(path) || existsSync(`${path}.away`))
  if (found === undefined) throw new Error(`there is no log-key.pem in ${site.deployment.sealDir}`)
  move(found, `${found}.away`)
  sealer.start()
}

const unsealed: Cause = {
  alerts: ["AssayUnsealedAudit"],
  what: "the sealer starts without the log's key",
  during: async (site) => {
    await withKeyAway(site, (key, away) => renameSync(key, away))
    return [
      await site.untilSeen("events have not been sealed for 30 s", (seen) =>
        valuesOf(seen, "assay_unsealed_age_seconds").some((seconds) => seconds > 30),
      ),
    ]
  },
  mended: "the process is stopped, the key restored, the process started",
  mend: async (site) => {
    await withKeyAway(site, (key, away) => renameSync(away, key))
    await site.deployment.untilReady(READY_MS)
    await site.untilSeen("all is sealed", (seen) => {
      const ages = valuesOf(seen, "assay_unsealed_age_seconds")
      return ages.length > 0 && ages.every((seconds) => seconds < 10)
    })
  },
}

const blocked: Cause = {
  alerts: ["AssayLoopBlocked"],
  what: "credential-checker gets the CPU for a moment in every two seconds",
  during: async (site) => {
    const one = only(site, SERVICE_NAMES.credential)
    for (let nth = 0; nth < 6; nth++) {
      one.signal("SIGSTOP")
      await sleep(1_900)
      one.signal("SIGCONT")
      await sleep(100)
    }
    return [
      await site.untilSeen("a loop that stood still", (seen) =>
        valuesOf(seen, "nodejs_eventloop_delay_p99_seconds").some((s) => s > 1),
      ),
    ]
  },
  mended: "it gets its CPU",
  mend: async (site) => {
    await site.untilSeen("no loop stands still", (seen) =>
      valuesOf(seen, "nodejs_eventloop_delay_p99_seconds").every((s) => s < 1),
    )
  },
}

const takeovers: Cause = {
  alerts: ["AssayTakeovers", "AssayRestores"],
  what: "two instances of credential-checker sleep in turns for longer than their session",
  during: async (site) => {
    const service = SERVICE_NAMES.credential
    const before = sumOf(await site.snapshot(), "assay_takeovers_total")
    site.deployment.add(service)
    await site.deployment.untilReady(READY_MS)
    for (let nth = 0; nth < 14; nth++) {
      const one = site.deployment.of(service)[nth % 2]!
      one.pause()
      await sleep(2 * SESSION_MS)
      one.resume()
      await sleep(2_500)
      if (sumOf(await site.snapshot(), "assay_takeovers_total") > before + 12) break
    }
    return [await site.untilSeen("twelve takeovers", (seen) => sumOf(seen, "assay_takeovers_total") > before + 11)]
  },
  mended: "they sleep no more; one of them ends",
  mend: async (site) => {
    await site.deployment.untilReady(READY_MS)
    await site.deployment.remove(site.deployment.of(SERVICE_NAMES.credential)[1]!, "stop")
    await site.deployment.untilReady(READY_MS)
  },
}

const knowledgeEnds: Cause = {
  alerts: ["AssayKnowledgeExpires"],
  what: "bundle and policy end within two days",
  always: true,
  during: async (site) => [await site.snapshot()],
  mended: "not tried here: it needs new knowledge",
  mend: null,
}

const recordsLost: Cause = {
  alerts: ["AssayRecordsLost", "AssayNoProgress"],
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
  mended:
    "the group is set to the first record that is kept, one start with ASSAY_ACCEPT_MOVED (see lost records in the guide)",
  mend: null,
}

let receiver: AlertReceiver | null = null

/** An export under load whose receiver takes everything. */
const withSink = async (site: AlertSite): Promise<void> => {
  receiver ??= await alertReceiver()
  await site.beside("sink", ["export", "--follow", "--group", "alerts", "--to", receiver.to])
  await site.untilSeen("the receiver takes events", (seen) => valuesOf(seen, "assay_sink_up").includes(1))
}

const sinkRefuses: Cause = {
  alerts: ["AssaySinkRefuses"],
  what: "a webhook answers 400",
  prepare: withSink,
  during: async (site) => {
    const before = sumOf(await site.snapshot(), "assay_sink_refused_decisions_total")
    receiver!.answers(400)
    return [
      await site.untilSeen("refused events", (seen) => sumOf(seen, "assay_sink_refused_decisions_total") > before),
    ]
  },
  mended: "it takes events again",
  mend: async () => receiver!.answers(204),
}

const sinkAway: Cause = {
  alerts: ["AssaySinkBehind"],
  what: "nobody listens where a webhook was",
  prepare: withSink,
  during: async (site) => {
    await receiver!.leave()
    return [await site.untilSeen("the sink is away", (seen) => valuesOf(seen, "assay_sink_up").includes(0))]
  },
  mended: "somebody listens again",
  mend: async (site) => {
    await receiver!.come()
    await site.untilSeen("the sink is back", (seen) => valuesOf(seen, "assay_sink_up").every((up) => up === 1))
  },
  end: async () => receiver!.leave(),
}

const annotated = (snapshot: Snapshot): number => sumOf(snapshot, "assay_quality_messages_total", 'outcome="annotated"')

const unverified: Cause = {
  alerts: ["AssayQualityUnverified"],
  what: "devices say much that is annotated: what they said before it was held back",
  prepare: async (site) => {
    await site.beside("readings", ["readings", "--follow", "--outcome", "all"])
    await site.untilSeen("quality is counted", (seen) => sumOf(seen, "assay_quality_messages_total") > 0)
  },
  during: async (site) => {
    const before = annotated(await site.snapshot())
    await attack(site, "chain-gap", 30)
    return [await site.untilSeen("three hundred annotated messages", (seen) => annotated(seen) > before + 300)]
  },
  mended: "they say everything, in its order",
  mend: async () => undefined,
}

/** In this order: the last one cannot be mended without another start. */
export const CAUSES: ReadonlyArray<Cause> = [
  ...[knowledgeEnds, killed, slow, deadLetter, undecided, chainBroken, jump, blocked],
  ...[unverified, sinkRefuses, sinkAway, readModelAway, heldBack, unsealed, brokerAway, takeovers, recordsLost],
]
