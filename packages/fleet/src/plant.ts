/** The plant that the fleet works in: its zones, paths and addresses, and the policy that governs them. */
export const TRUST_DOMAIN = "https://plant.example/"

export const VENDOR = "acme"
export const DEVICE_CLASS = "weather"
/** All SenML names of a product begin with it; each device adds its own part. */
export const measurementsOf = (deviceClass: string): string => `urn:dev:${VENDOR}:${deviceClass}:`

/** Zones between whose audiences a sensor has no path; as many as a policy's lateral counter can tell apart. */
const CELLS = 8
/** Distinct denied zones that make lateral movement. */
export const LATERAL_ZONES = 5

export const AUDIENCES = {
  historian: `${TRUST_DOMAIN}historian/weather`,
  safety: `${TRUST_DOMAIN}safety/controller`,
} as const

/** One audience in each cell of the plant. */
export const CELL_AUDIENCES: ReadonlyArray<string> = Array.from(
  { length: CELLS },
  (_, index) => `${TRUST_DOMAIN}cell-${index + 1}/controller`,
)

/** Instants of a policy have no fraction of a second. */
const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z")

const DAY = 24 * 60 * 60

/**
 * The segmentation policy as an engineer would write it. `now` in seconds since 1970; in force for so many `days`; `claims`: whether
 * what gateways say of devices that cannot sign may pass.
 */
export const policyText = (
  now: number,
  deviceClass = DEVICE_CLASS,
  days = 30,
  claims = false,
): string => `kind: assay/segmentation/v1
version: 1
issued: ${instant(now - DAY)}
expires: ${instant(now + days * DAY)}

zones:
  - { id: field, securityLevel: 2 }
  - { id: operations, securityLevel: 2, audiences: ["${TRUST_DOMAIN}historian/*"] }
  - { id: safety, securityLevel: 4, audiences: ["${TRUST_DOMAIN}safety/*"] }
${CELL_AUDIENCES.map((_, index) => `  - { id: cell-${index + 1}, securityLevel: 3, audiences: ["${TRUST_DOMAIN}cell-${index + 1}/*"] }`).join("\n")}

assignments:
  - { zone: field, vendor: ${VENDOR}, class: ${deviceClass} }

conduits:
  - id: weather-to-historian
    from: field
    to: operations
    actions: [telemetry, event]
    classes: [${deviceClass}]${claims ? "\n    minAssurance: claimed" : ""}
    owner: process-engineering
    reason: the historian records the weather at every unit

guardrails:
  - id: nothing-into-safety
    from: "*"
    to: safety
    actions: [telemetry, event, command, config, firmware]
    reason: the safety system takes no input from the network

lateral: { zones: ${LATERAL_ZONES}, window: 10m }
`
