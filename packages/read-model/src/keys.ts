/**
 * The names of all keys. `{...}` is the hash tag of Redis Cluster: what one script touches has one tag, so lies on one node.
 *
 *   {<prefix>assay:rm3:<epoch>.<genesis>}:root             hash: the generation in use, the one being built
 *   {<prefix>assay:rm3:<epoch>.<genesis>:<partition>}:g<generation>:position       hash: next offsets, time, counts
 *   {...}:g<generation>:strangers      sorted set: devices that nobody admitted, by their last message
 *   {...}:g<generation>:principals     hash: by principal, how much of what it handed in was rejected
 *   {...}:g<generation>:device:<DID>   hash: what is known of a device
 *
 * `rm3` is the version of this layout: another one gets another name, and old and new stand beside each other. Epoch and
 * genesis are the log's own: the model of one log can never be taken for that of another.
 */
import { ConfigurationError, expectedOf, fits, KAFKA } from "@assay/settings"

const LAYOUT = "assay:rm3"

export interface LogIdentity {
  readonly epoch: number
  readonly genesis: number
  readonly partitions: number
}

export interface Keys {
  readonly root: string
  position(partition: number, generation: string): string
  strangers(partition: number, generation: string): string
  principals(partition: number, generation: string): string
  device(partition: number, generation: string, did: string): string
  /** A glob that matches all keys of a generation, in every partition. */
  allOf(generation: string): string
}

/** @throws ConfigurationError where the prefix has characters that mean something in a key or in a glob */
export const keysOf = ({ epoch, genesis }: LogIdentity, prefix: string): Keys => {
  if (!fits(KAFKA.prefix, prefix))
    throw new ConfigurationError(
      `${KAFKA.prefix.key} is ${JSON.stringify(prefix)}: expected ${expectedOf(KAFKA.prefix)}`,
    )
  const log = `${prefix}${LAYOUT}:${epoch}.${genesis}`
  const of = (partition: number, generation: string): string => `{${log}:${partition}}:g${generation}:`
  return {
    root: `{${log}}:root`,
    position: (partition, generation) => `${of(partition, generation)}position`,
    strangers: (partition, generation) => `${of(partition, generation)}strangers`,
    principals: (partition, generation) => `${of(partition, generation)}principals`,
    device: (partition, generation, did) => `${of(partition, generation)}device:${did}`,
    allOf: (generation) => `{${log}:*}:g${generation}:*`,
  }
}
