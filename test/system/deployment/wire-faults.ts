/**
 * identity-resolver in threads that end, or stand still, at a request of their transactions to Kafka. The client, its requests and
 * the brokers are the real ones; only the moment at which a request leaves is known here. It is loaded by threads, so the test asks
 * by files.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { Socket } from "node:net"
import { threadName } from "node:worker_threads"
import { SERVICES } from "@assay/cli/services"
import type { Topology } from "@assay/engine"
import type { ServiceDefinition } from "@assay/node"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"

export interface WireFault {
  /** `end`: the EndTxn of a transaction whose records and position the brokers have confirmed; `any`: each request of its id. */
  readonly at: "end" | "any"
  /** So many of these go through before. */
  readonly after: number
  readonly does: "ends before it" | "ends behind it" | "stands still before it"
}

const fileOf = (partition: number): string => `${process.env["ASSAY_TEST_FAULTS"]}/wire-${partition}.json`

interface Id {
  readonly group: string
  readonly stream: string
}

/** Whose transactional ids a process has, that of `submitted` first. */
export const idsOf = (topology: Topology): readonly [Id, ...ReadonlyArray<Id>] => {
  if (topology === "chained") return [{ group: "chained", stream: STREAMS.submitted }]
  const [first, ...later] = STAGES.map((stage) => ({ group: SERVICE_NAMES[stage], stream: STAGE_STREAMS[stage].input }))
  return [first!, ...later]
}

/** The thread that judges this partition meets the fault. */
export const meetFault = (partition: number, fault: WireFault): void => {
  const whole = `${fileOf(partition)}.new`
  writeFileSync(whole, JSON.stringify(fault))
  renameSync(whole, fileOf(partition))
}

/** Whether it has not met it yet. */
export const isAhead = (partition: number): boolean => existsSync(fileOf(partition))

/** The fault is not met any more. */
export const clearFault = (partition: number): void => rmSync(fileOf(partition), { force: true })

export const faulty: ServiceDefinition = {
  ...SERVICES.find(({ name }) => name === "identity-resolver")!,
  module: import.meta.url,
}

/** API keys of the protocol of Kafka. */
const PRODUCE = 0
const END_TXN = 26
/** A request's length and API key, both before its first words. */
const API_KEY_AT = 4
/** The transactional id stands near the beginning of each request that has one. */
const HEAD_BYTES = 512
const NAMES = [...idsOf("chained"), ...idsOf("staged")].map(({ group, stream }) => `${group}.${stream}`)
const ID = new RegExp(`(?:${NAMES.map((name) => name.replaceAll(".", "\\.")).join("|")})\\.(\\d+)`)

/** Ids whose transaction has sent records. */
const sent = new Set<string>()
/** Requests that went through since the fault was asked for, by partition. */
const passed = new Map<number, number>()

const faultOf = (partition: number): WireFault | null => {
  if (!isAhead(partition)) return null
  try {
    return JSON.parse(readFileSync(fileOf(partition), "utf8"))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null // the test took it back just now
    throw cause
  }
}

/** What happens at this request, or null. */
const metBy = (request: Buffer): WireFault["does"] | null => {
  const found = ID.exec(request.toString("latin1", 0, HEAD_BYTES))
  if (found === null) return null
  const [id] = found
  const partition = Number(found[1])
  const apiKey = request.readInt16BE(API_KEY_AT)
  if (apiKey === PRODUCE) sent.add(id)
  // What ends nothing but what an earlier owner left has sent no records.
  const isEnd = apiKey === END_TXN && sent.delete(id)
  const fault = faultOf(partition)
  if (fault === null) return null
  if (fault.at === "end" && !isEnd) return null
  const before = passed.get(partition) ?? 0
  passed.set(partition, before + 1)
  if (before < fault.after) return null
  clearFault(partition)
  return fault.does
}

const watchRequests = (): void => {
  const write = Socket.prototype.write as (...args: ReadonlyArray<unknown>) => boolean
  const watched = function (this: Socket, ...args: ReadonlyArray<unknown>): boolean {
    const does = Buffer.isBuffer(args[0]) ? metBy(args[0]) : null
    if (does === null) return write.apply(this, [...args])
    if (does === "stands still before it") for (;;) Math.random()
    if (does === "ends behind it") write.apply(this, [...args])
    // Ends this thread at once, as `terminate` does: nothing that was in hand goes on.
    process.exit(1)
  }
  Socket.prototype.write = watched as typeof Socket.prototype.write
}

// The test loads this file too, to name the service.
if (threadName === "judge") watchRequests()
