/** The sets of devices that are anchored: from the states that the stages keep, as `assay device list` shows them. */
import { join } from "node:path"
import type { Identities } from "@assay/anchor/members"
import type { Log } from "@assay/log"
import { isLifeOver } from "@assay/trust"
import { knownDevices, trustsIn } from "../trust/states.ts"

export const setsDirectory = (dir: string): string => join(dir, "sets")

/**
 * `enrolled`: who has shown an accepted credential, and is not revoked, handed on or retired. `revoked`: who is.
 * @param dir of `assay anchor`
 */
export const identitiesOf = (log: Log, dir: string): Identities => ({
  directory: setsDirectory(dir),
  read: async () => {
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
  },
})
