/**
 * The sets that are anchored: devices from the states that the stages keep, as `assay device list` shows them, and reference
 * values as the audit record says that they are in force.
 */
import { join } from "node:path"
import type { Identities } from "@assay/anchor/members"
import { hashOfBody, KINDS, REFERENCE_VALUES } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { isLifeOver, type RootSet } from "@assay/trust"
import { InForceFold } from "../knowledge-in-force.ts"
import { knownDevices, trustsIn } from "../trust/states.ts"

export const setsDirectory = (dir: string): string => join(dir, "sets")

/** `enrolled`: who has shown an accepted credential, and is not revoked, handed on or retired. `revoked`: who is. */
const devicesIn = async (log: Log) => {
  const enrolled: Array<string> = []
  const revoked: Array<string> = []
  const known = await knownDevices(log)
  for (let partition = 0; partition < log.partitions; partition++)
    for (const [device, { state, life }] of await trustsIn(log, partition)) {
      if (!device.startsWith("did:")) continue
      if (state === "revoked" || isLifeOver(life)) revoked.push(device)
      else if (known.has(device)) enrolled.push(device)
    }
  return { enrolled, revoked }
}

/** How a set of firmware names an item: by the hash of its signed bytes. */
export const referenceMember = (item: Uint8Array): string => `sha256:${hashOfBody(item)}`

/** Those that were activated last for each class; every partition has the same. */
const referencesIn = async (fold: InForceFold): Promise<ReadonlyArray<string>> => {
  const members: Array<string> = []
  for (const [key, found] of await fold.advance()) {
    if (!key.startsWith(`${REFERENCE_VALUES.name}/`)) continue
    // A set without it would say that it is not in force.
    if ("broken" in found) throw new Error(`the set of firmware is left as it is: ${key}: ${found.broken}`)
    members.push(`sha256:${found.hash}`)
  }
  return members
}

/**
 * @param dir of `assay anchor`
 * @param devices whether the sets of devices are anchored
 * @param roots pinned, where reference values are anchored; null where not
 */
export const identitiesOf = (
  log: Log,
  dir: string,
  { devices, roots }: { readonly devices: boolean; readonly roots: RootSet | null },
): Identities => {
  const fold = roots === null ? null : new InForceFold(log, 0, roots, KINDS)
  return {
    directory: setsDirectory(dir),
    read: async () => ({
      ...(devices ? await devicesIn(log) : {}),
      ...(fold === null ? {} : { firmware: await referencesIn(fold) }),
    }),
  }
}
