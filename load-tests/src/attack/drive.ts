/** Hands records over to a real node within this process, under the run's own time, and collects what it decided. */
import type { Decided, Topology } from "@assay/engine"
import { envelopeOf, type Submission } from "@assay/fleet"
import { Driver, type DriverOptions, keyOf } from "@assay/testkit/driver"
import type { AuditEvent } from "@assay/trust"
import type { Delivery } from "./carrier.ts"
import type { Fleet } from "./devices.ts"

/** What happens between two records, at a time of its own (milliseconds since 1970). */
export interface Stop {
  readonly at: number
  /** Bundle and policy come into force. */
  readonly isKnown: boolean
  /** The node stops and starts again. */
  readonly restarts: boolean
}

export interface Driven {
  /** By delivery, in their order; undefined where a record was never decided. */
  readonly decided: ReadonlyArray<Decided | undefined>
  readonly audit: ReadonlyArray<AuditEvent>
}

export interface DriveOptions {
  readonly partitions: number
  readonly topology: Topology
  readonly adapt: DriverOptions["adapt"]
}

const LABEL = { honest: true, role: "normal", attack: null, instance: 0, expect: null } as const

/** @param deliveries in the order of their time */
export const drive = async (
  { world }: Fleet,
  deliveries: ReadonlyArray<Delivery>,
  stops: ReadonlyArray<Stop>,
  { partitions, topology, adapt }: DriveOptions,
): Promise<Driven> => {
  const driver = await Driver.open({
    roots: world.rootSet,
    now: world.now * 1000,
    partitions,
    topology,
    ...(adapt === undefined ? {} : { adapt }),
  })
  try {
    let next = 0
    const until = function* (time: number): Iterable<Submission> {
      for (; next < deliveries.length && deliveries[next]!.at < time; next++) {
        const { sent, at, key } = deliveries[next]!
        driver.now = at
        yield {
          kind: "message",
          key: Buffer.from(key),
          envelope: envelopeOf(sent.bytes),
          label: { ...LABEL, device: sent.device },
        }
      }
    }
    const origins: Array<string> = []
    for (const { at, isKnown, restarts } of [
      ...stops,
      { at: Number.POSITIVE_INFINITY, isKnown: false, restarts: false },
    ]) {
      for (const origin of await driver.submit(until(at), 0)) origins.push(keyOf(origin))
      if (Number.isFinite(at)) driver.now = at
      if (isKnown) await driver.know(world)
      await driver.tick(0)
      await driver.settle()
      if (restarts) await driver.restart()
    }
    const byOrigin = new Map(driver.decided.map((one) => [keyOf(one.origin), one]))
    return { decided: origins.map((origin) => byOrigin.get(origin)), audit: await driver.audit() }
  } finally {
    await driver.close()
  }
}
