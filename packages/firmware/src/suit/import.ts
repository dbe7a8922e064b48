/** The images that a signed SUIT manifest names. Its sequence number is the security version: it only rises (RFC 9124 section 3.1). */
import type { KeyObject } from "node:crypto"
import { type Cbor, isArray, isBytes, isMap } from "@assay/cose"
import { FirmwareError } from "../error.ts"
import type { Imported, ImportedRelease } from "../imported.ts"
import { decodeOf } from "../sign1.ts"
import { openEnvelope } from "./envelope.ts"
import { choicesOf } from "./sequence.ts"

const VERSION = 1
const SEQUENCE_NUMBER = 2
const COMMON = 3
const COMPONENTS = 2
const SHARED = 4
const MAX_COMPONENTS = 16

export interface SuitTerms {
  readonly keys: ReadonlyArray<KeyObject>
  /** UUIDs that the manifest must name, hex without dashes; null: they are not compared. */
  readonly vendor: string | null
  readonly class: string | null
}

const bad = (what: string): FirmwareError => new FirmwareError("firmware.malformed", what)

/** Identifiers are lists of byte strings: as text where they are printable, else as hex, joined by slashes. */
const nameOf = (identifier: Cbor): string => {
  if (!isArray(identifier) || !identifier.every(isBytes)) throw bad("a component identifier is no list of byte strings")
  const parts = (identifier as ReadonlyArray<Uint8Array>).map((part) => {
    const text = Buffer.from(part).toString("latin1")
    return /^[!-.0-~]+$/.test(text) ? text : Buffer.from(part).toString("hex")
  })
  return parts.join("/") || "firmware"
}

const compare = (what: string, wanted: string | null, found: string | null): void => {
  if (wanted === null || wanted === found) return
  throw new FirmwareError(
    "firmware.other_model",
    `the manifest is for ${what} ${found ?? "of no name"}, not for ${wanted}`,
  )
}

/** @throws FirmwareError */
export const importSuit = (file: Uint8Array, { keys, vendor, class: cls }: SuitTerms): Imported => {
  const manifest = openEnvelope(file, keys)
  if (manifest.get(VERSION) !== 1) throw new FirmwareError("firmware.unsupported", "the manifest is not of version 1")
  const svn = manifest.get(SEQUENCE_NUMBER)
  const common = manifest.get(COMMON)
  if (typeof svn !== "number" || !Number.isSafeInteger(svn) || svn < 0 || !isBytes(common))
    throw bad("the manifest lacks its sequence number (2) or its common part (3)")
  const parts = decodeOf(common, "the common part")
  const identifiers = isMap(parts) ? parts.get(COMPONENTS) : undefined
  const shared = isMap(parts) ? parts.get(SHARED) : undefined
  if (!isArray(identifiers!) || identifiers.length === 0 || identifiers.length > MAX_COMPONENTS || !isBytes(shared))
    throw bad(`the common part lacks its shared sequence (4), or 1 to ${MAX_COMPONENTS} components (2)`)
  const names = identifiers.map(nameOf)
  const choices = choicesOf(shared, names.length)
  const releases = new Map<string, ImportedRelease>()
  for (const choice of choices) {
    compare("vendor", vendor, choice.vendor)
    compare("class", cls, choice.class)
    const components = [...choice.digests]
      .toSorted(([a], [b]) => a - b)
      .map(([index, digest]) => ({ name: names[index]!, digest }))
    if (components.length === 0) throw bad("the manifest names no digest of an image")
    releases.set(JSON.stringify(components), { version: null, svn, components })
  }
  const { vendor: ofVendor, class: ofClass } = choices[0]!
  return {
    releases: [...releases.values()],
    measured: [],
    about: `SUIT manifest of sequence number ${svn}, for vendor ${ofVendor ?? "(not said)"} and class ${ofClass ?? "(not said)"}`,
  }
}
