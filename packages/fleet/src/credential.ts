/** The credentials of the fleet, good and bad, as issuers really sign them. */
import { type Capabilities, issueCredential, type MeasurementGrant } from "@assay/credentials"
import { TRUST_DOMAIN, VENDOR } from "./plant.ts"
import type { World } from "./world.ts"

/** `none` stands for a device that never got one. */
export type CredentialKind = "good" | "expired" | "revoked" | "untrusted" | "none"

export const STATUS_LIST = `${TRUST_DOMAIN}status/1`
export const STATUS_ENTRIES = 131_072
/** The end of the list, from here on, is revoked. */
export const FIRST_REVOKED = 130_000

const DAY_MS = 24 * 60 * 60 * 1000

/** What the product may say where nothing else is asked for: three measurements within what the weather can do. */
export const weatherGrants = (names: string): ReadonlyArray<MeasurementGrant> => [
  { name: `${names}*`, unit: "Cel", min: -40, max: 60 },
  { name: `${names}*`, unit: "hPa", min: 850, max: 1100 },
  { name: `${names}*`, unit: "m/s", min: 0, max: 90 },
]

/** Anywhere in the plant. */
const capabilities = (ratePerMinute: number, measurements: ReadonlyArray<MeasurementGrant>): Capabilities => ({
  measurements,
  actions: ["telemetry", "event"],
  audiences: [`${TRUST_DOMAIN}*`],
  ratePerMinute,
})

export interface CredentialTerms {
  readonly kind: Exclude<CredentialKind, "none">
  /** Default: those of the weather. */
  readonly measurements?: ReadonlyArray<MeasurementGrant>
  /** When it begins, milliseconds since 1970. Default: a month before the run. */
  readonly validFrom?: number
}

/** A compact `vc+jwt` for the device. `serial` is 32 bits; it gives the hardware its id and its place on the status list. */
export const credentialFor = (
  world: World,
  subject: string,
  serial: number,
  { kind, measurements = weatherGrants(world.measurements), validFrom }: CredentialTerms,
): string => {
  const now = world.now * 1000
  const index =
    kind === "revoked" ? FIRST_REVOKED + (serial % (STATUS_ENTRIES - FIRST_REVOKED)) : serial % FIRST_REVOKED
  return issueCredential(
    {
      subject,
      vendor: VENDOR,
      class: world.deviceClass,
      assurance: "software",
      hardwareId: `${VENDOR}-${serial.toString(16).padStart(8, "0")}`,
      capabilities: capabilities(world.ratePerMinute, measurements),
      validFrom: validFrom ?? now - 30 * DAY_MS,
      validUntil: kind === "expired" ? now - DAY_MS : now + world.days * DAY_MS,
      status: [{ list: STATUS_LIST, purpose: "revocation", index }],
    },
    kind === "untrusted" ? world.rogueIssuer : world.manufacturer,
  )
}
