/** What a log is called, and where its keys and salts lie. */
import { join } from "node:path"
import { STREAMS } from "@assay/streams"

/** The first part of every log's origin. */
const DOMAIN = "assay.local"

/** `<domain>/audit/<stream>/<partition>/<epoch>`: a log's name for ever. */
export const originOf = (epoch: number, partition: number): string =>
  `${DOMAIN}/audit/${STREAMS.audit}/${partition}/${epoch}`

/** The directory of the verifier keys: what `assay verify --key` takes. */
export const vkeysPath = (dir: string): string => join(dir, "vkeys")
/** The verifier keys of one partition's log, a line each as Go's `note` reads it. */
export const vkeyPath = (dir: string, partition: number): string =>
  join(vkeysPath(dir), `p${String(partition).padStart(3, "0")}.vkey`)
export const saltsPath = (dir: string, partition: number): string =>
  join(dir, "salts", `p${String(partition).padStart(3, "0")}`)
