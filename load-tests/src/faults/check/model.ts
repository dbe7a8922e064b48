/** The read model that was fed while everything failed is the one that a rebuild makes from the log. */
import { setTimeout as sleep } from "node:timers/promises"
import { recordsOf } from "@assay/cli/open-log"
import type { Log } from "@assay/log"
import { openReadModel, type ReadModel } from "@assay/read-model"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type * as Redacted from "effect/Redacted"
import { Findings, type Result } from "./result.ts"

export const CLAIM = "the read model in Redis has of every device what one rebuilt from the log has"

const POLL_MS = 200

interface Target {
  readonly redisUrl: Redacted.Redacted
  readonly prefix: string
}

/** Resolves when the model that the services feed has come to the end of the log. @throws Error after `withinMs` */
export const untilFed = async (log: Log, target: Target, withinMs: number): Promise<void> => {
  const model = openReadModel(log, target)
  const deadline = performance.now() + withinMs
  try {
    for (;;) {
      const behind = await behindOf(log, model)
      if (behind.length === 0) return
      if (performance.now() > deadline)
        throw new Error(
          `the read model is still behind the log after ${Math.round(withinMs / 1000)} s: ${behind.join("; ")}`,
        )
      await sleep(POLL_MS)
    }
  } finally {
    model.close()
  }
}

const behindOf = async (log: Log, model: ReadModel): Promise<ReadonlyArray<string>> => {
  const generation = await model.generation()
  if (generation === null) return ["there is none"]
  const behind: Array<string> = []
  for (const { partition, asOf, complete } of await model.status(generation)) {
    const at = { stream: STREAMS.audit, partition }
    const [left] = await log.read(at, asOf.offset, 1, 1)
    if (!complete || left !== undefined) behind.push(`partition ${partition} is at audit offset ${asOf.offset}`)
  }
  return behind
}

const devicesOf = async (log: Log): Promise<ReadonlyArray<string>> => {
  const devices = new Set<string>()
  for (let partition = 0; partition < log.partitions; partition++)
    for await (const { value } of recordsOf(log, STREAMS.audit, partition)) {
      const { device } = decodeAudit(value)
      if (device !== null) devices.add(device)
    }
  return [...devices].sort()
}

const dump = async (model: ReadModel, devices: ReadonlyArray<string>): Promise<ReadonlyMap<string, string>> => {
  const generation = await model.generation()
  const found = new Map<string, string>()
  if (generation === null) return found
  for (const did of devices) {
    const device = await model.device(generation, did)
    // How far the model had come is about the model, not about the device.
    if (device !== null) found.set(did, JSON.stringify({ ...device, asOf: null }))
  }
  return found
}

/** To be called when nobody feeds the model any more: it is rebuilt, and compared device by device. */
export const checkModel = async (log: Log, target: Target): Promise<Result> => {
  const findings = new Findings()
  const model = openReadModel(log, target)
  try {
    const devices = await devicesOf(log)
    const fed = await dump(model, devices)
    await model.rebuild()
    const rebuilt = await dump(model, devices)
    for (const did of devices) {
      findings.examined++
      const [one, other] = [fed.get(did) ?? "nothing", rebuilt.get(did) ?? "nothing"]
      if (one !== other) findings.add(`${did}: fed ${one}; rebuilt ${other}`)
    }
  } finally {
    model.close()
  }
  return findings.result("read-model", CLAIM)
}
