/** The evidence of a chain that is kept: `evidence/<size>.json`. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { readOptional } from "@assay/transparency/storage"
import type { EvidenceSource } from "../proof/anchored.ts"
import { parseEvmEvidence } from "./proof/evidence.ts"

const FILE = /^(0|[1-9][0-9]{0,15})\.json$/

/** @param directory of the adapter */
export const evidenceDirectory = (directory: string): string => join(directory, "evidence")

/** @param directory of the adapter @param size leaves of the head */
export const evidencePath = (directory: string, size: number): string =>
  join(evidenceDirectory(directory), `${size}.json`)

/** @param directory of the adapter */
export const evmEvidence = (directory: string): EvidenceSource => ({
  sizes: () => {
    const evidence = evidenceDirectory(directory)
    const names = existsSync(evidence) ? readdirSync(evidence) : []
    return names
      .flatMap((name) => FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  },
  read: async (size) => {
    const bytes = await readOptional(evidencePath(directory, size))
    return bytes === null ? null : parseEvmEvidence(Buffer.from(bytes).toString("utf8"))
  },
})
