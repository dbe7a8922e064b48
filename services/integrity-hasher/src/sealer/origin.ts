/** What a log is called, and where its keys lie. */
import { join } from "node:path"
import { STREAMS } from "@assay/streams"

/** The first part of every log's origin. */
const DOMAIN = "assay.local"

/**
 * `<domain>/audit/<stream>/<partition>/<epoch>`: a log's name for ever. A successor is named `audit.2`, `audit.3`.
 * @param generation 1: the first log (`generation.ts`)
 */
export const originOf = (epoch: number, partition: number, generation = 1): string =>
  `${DOMAIN}/audit${generation === 1 ? "" : `.${generation}`}/${STREAMS.audit}/${partition}/${epoch}`

/** The directory of the verifier keys: what `assay verify --key` takes. */
export const vkeysPath = (dir: string): string => join(dir, "vkeys")
/** The verifier keys of one partition's log, a line each as Go's `note` reads it. */
export const vkeyPath = (dir: string, partition: number): string =>
  join(vkeysPath(dir), `p${String(partition).padStart(3, "0")}.vkey`)
/** Those of a log that another one goes on after. */
export const olderVkeyPath = (dir: string, partition: number, generation: number): string =>
  join(vkeysPath(dir), `p${String(partition).padStart(3, "0")}.${generation}.vkey`)
