/**
 * The firmware of a class of devices, as its maker lists it: releases with the components of each, the lowest security version
 * that may run, and which part of the fleet is to run what.
 */
import { createHash } from "node:crypto"
import {
  type Fault,
  hexSha256,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Path,
  type Reader,
  text,
} from "@assay/jose/shape"

export const REFERENCE_STATUSES = ["good", "vulnerable", "revoked"] as const
export type ReferenceStatus = (typeof REFERENCE_STATUSES)[number]

/** One image of a device that has several: main processor, modem, sensor board. */
export interface FirmwareComponent {
  readonly name: string
  /** SHA-256 of the image, hex. */
  readonly digest: string
}

export interface FirmwareRelease {
  readonly version: string
  /** Security version (RFC 9124 section 3.1): it only rises. */
  readonly svn: number
  /** SHA-256 of the image, hex; of several components `digestOfSet`. */
  readonly digest: string
  readonly status: ReferenceStatus
  /** Empty where the device has one image. */
  readonly components: ReadonlyArray<FirmwareComponent>
  /** That it is in its maker's log (C2SP tlog-proof, or an entry of a Rekor log), where the bundle asks for that. */
  readonly proof?: string | undefined
}

/** Which part of the class is to run a release. Of those that cover a device the latest begun counts. Times in milliseconds. */
export interface Rollout {
  /** For people, such as `canary`. */
  readonly wave: string
  /** Of a listed release. */
  readonly version: string
  readonly from: number
  /** Whoever runs another one from then on is behind; null: nobody is. */
  readonly by: number | null
  /** Zones of the segmentation policy; empty: all. */
  readonly zones: ReadonlyArray<string>
  /** 1 to 100: that part of the devices, the same ones in every wave (`placeOf`). */
  readonly percent: number
}

export interface Firmware {
  readonly releases: ReadonlyArray<FirmwareRelease>
  /** Lowest security version that may run. */
  readonly minimumSvn: number
  readonly rollouts: ReadonlyArray<Rollout>
}

export const MAX_COMPONENTS = 16
const MAX_RELEASES = 1_024
/** Characters: 64 hashes, and a checkpoint with many cosignatures. */
const MAX_PROOF = 16_384
const MAX_ROLLOUTS = 64

const name = text(128)

const release = object({
  version: name,
  svn: integer(),
  digest: hexSha256,
  status: oneOf(REFERENCE_STATUSES),
  components: list(object({ name, digest: hexSha256 }), MAX_COMPONENTS),
  proof: optional(text(MAX_PROOF), undefined),
})

const firmware: Reader<Firmware> = object({
  releases: list(release, MAX_RELEASES, 1),
  minimumSvn: integer(),
  rollouts: list(
    object({
      wave: name,
      version: name,
      from: integer(),
      by: nullable(integer()),
      zones: list(name, 64),
      percent: integer(1, 100),
    }),
    MAX_ROLLOUTS,
  ),
})

/**
 * The digest of a device of several components: SHA-256 over a line `<hex digest> <name>` of each, in the order of the names (UTF-16),
 * each with a line end.
 */
export const digestOfSet = (components: ReadonlyArray<FirmwareComponent>): string => {
  const lines = components
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ name: of, digest }) => `${digest} ${of}\n`)
  return createHash("sha256").update(lines.join("")).digest("hex")
}

/** 0 to 99: a device is in a rollout of more percent than that. So a wave of 10 has the devices of the wave of 1 in it. */
export const placeOf = (device: string): number => createHash("sha256").update(device).digest().readUInt32BE(0) % 100

const checkRelease = ({ digest, components }: FirmwareRelease, path: Path, faults: Fault[]): void => {
  const names = components.map(({ name: of }) => of)
  const again = names.findIndex((of, n) => names.indexOf(of) !== n)
  if (again >= 0)
    faults.push({ path: [...path, "components", again, "name"], message: "names the same component again" })
  // A line end or a blank at the end of a name would make two sets read alike.
  const odd = names.findIndex((of) => /\p{Cc}/u.test(of))
  if (odd >= 0) faults.push({ path: [...path, "components", odd, "name"], message: "has a control character" })
  if (components.length > 0 && digest !== digestOfSet(components))
    faults.push({ path: [...path, "digest"], message: `must be that of its components: ${digestOfSet(components)}` })
}

const checkTogether = ({ releases, rollouts }: Firmware, path: Path, faults: Fault[]): void => {
  const seen = new Set<string>()
  releases.forEach((one, n) => {
    const at = [...path, "releases", n]
    if (seen.has(one.digest)) faults.push({ path: [...at, "digest"], message: "is listed again" })
    seen.add(one.digest)
    checkRelease(one, at, faults)
  })
  rollouts.forEach(({ version, from, by }, n) => {
    const at = [...path, "rollouts", n]
    const listed = releases.filter((one) => one.version === version)
    if (listed.length === 0) faults.push({ path: [...at, "version"], message: "is no listed release" })
    else if (!listed.some(({ status }) => status !== "revoked"))
      faults.push({ path: [...at, "version"], message: "is a revoked release: no device is to run it" })
    if (by !== null && by <= from) faults.push({ path: [...at, "by"], message: "must be later than from" })
  })
}

export const firmwareShape: Reader<Firmware> = (given, path, faults) => {
  const before = faults.length
  const found = firmware(given, path, faults)
  if (found !== undefined) checkTogether(found, path, faults)
  return faults.length === before ? found : undefined
}
