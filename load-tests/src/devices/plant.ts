/** A small plant: controllers command pumps, meters tell them the flow, badges in the office have no business with them. */
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { encodeStatusList, issueCredential } from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import type { Slice } from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import { cutSlice, DEFAULT_LIMITS } from "@assay/passport-issuer"
import { parsePolicy } from "@assay/segmentation"
import { signerOfKey } from "@assay/signing"
import type { RootSet } from "@assay/trust"

export const DOMAIN = "https://plant.example/"
export const REPORTS_TO = `${DOMAIN}historian/reports`
const VENDOR = "acme"
const STATUS_LIST = `${DOMAIN}status/1`
const DAY_MS = 86_400_000

export interface Person {
  readonly did: string
  readonly key: KeyObject
}

export const somebody = (): Person => {
  const { privateKey: key } = generateKeyPairSync("ed25519")
  return { did: encodeDidKey(publicKeyOf(key)), key }
}

export const CLASSES = ["controller", "pump", "meter", "badge"] as const
export type DeviceClass = (typeof CLASSES)[number]
const ZONES: Readonly<Record<DeviceClass, string>> = {
  controller: "control",
  pump: "pumps",
  meter: "meters",
  badge: "office",
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z")

/** A device that others address is named by its DID: the pipeline knows the zone of an audience by nothing else. */
const policyOf = (now: number, pumps: ReadonlyArray<string>): string => `kind: assay/segmentation/v1
version: 1
issued: ${iso(now - DAY_MS)}
expires: ${iso(now + 30 * DAY_MS)}

zones:
  - { id: operations, securityLevel: 2, audiences: ["${DOMAIN}historian/*"] }
${Object.values(ZONES)
  .map((zone) => `  - { id: ${zone}, securityLevel: 2 }`)
  .join("\n")}

assignments:
  - { zone: pumps, devices: [${pumps.map((did) => `"${did}"`).join(", ")}] }
${CLASSES.map((name) => `  - { zone: ${ZONES[name]}, vendor: ${VENDOR}, class: ${name} }`).join("\n")}

conduits:
  - { id: control-to-pumps, from: control, to: pumps, actions: [command, event], owner: process, reason: pumps are commanded }
  - { id: meters-to-pumps, from: meters, to: pumps, actions: [telemetry], owner: process, reason: pumps follow the flow }
${Object.values(ZONES)
  .map(
    (zone) =>
      `  - { id: ${zone}-reports, from: ${zone}, to: operations, actions: [telemetry, event], owner: process, reason: reports }`,
  )
  .join("\n")}

lateral: { zones: 5, window: 10m }
`

export class Plant {
  readonly roots = [somebody(), somebody()]
  readonly rootSet: RootSet = { roots: this.roots.map(({ did }) => did), threshold: 2 }
  readonly manufacturer = somebody()
  readonly #signer = somebody()
  readonly signer = signerOfKey(this.#signer.key)
  /** Milliseconds since 1970. */
  readonly now: number
  readonly #policy: string
  #serial = 0

  /** @param pumps their DIDs */
  constructor(now: number, pumps: ReadonlyArray<string>) {
    this.now = now
    this.#policy = policyOf(now, pumps)
  }

  get bundle(): Uint8Array {
    const { now } = this
    const list = {
      id: STATUS_LIST,
      purpose: "revocation",
      issuer: this.manufacturer.did,
      encodedList: encodeStatusList(131_072, []),
      issued: now - DAY_MS,
      maxAgeMs: 30 * DAY_MS,
    } as const
    const body = {
      version: 1,
      issued: now - DAY_MS,
      expires: now + 30 * DAY_MS,
      trustDomain: DOMAIN,
      issuers: [
        {
          did: this.manufacturer.did,
          credentialTypes: ["AssayDeviceCredential"],
          vendors: [VENDOR],
          measurements: [`urn:dev:${VENDOR}:*`],
          actions: ["telemetry", "event", "command"],
          maxAssurance: "software",
        },
      ],
      operators: [],
      thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
      statusLists: [list],
      firmware: [],
      minimumSvn: {},
      nextRoots: null,
    } as const
    return signBundle(body, this.roots)
  }

  get policy(): Uint8Array {
    return dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(this.#policy), this.roots)
  }

  slice(name: DeviceClass, version: number): Slice {
    const policy = parsePolicy(this.#policy).policy!
    return cutSlice(policy, {
      zone: ZONES[name],
      version,
      trustDomain: DOMAIN,
      signers: [this.signer.did],
      limits: DEFAULT_LIMITS,
      issued: this.now - DAY_MS,
      expires: this.now + 7 * DAY_MS,
    })
  }

  /** As the zone's devices get it. @param by fewer than both roots: as a forger would */
  signedSlice(slice: Slice, by: ReadonlyArray<Person> = this.roots): Uint8Array {
    return dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(slice)), by)
  }

  zoneOf(name: DeviceClass): string {
    return ZONES[name]
  }

  credential(device: Person, name: DeviceClass): string {
    const index = ++this.#serial
    return issueCredential(
      {
        subject: device.did,
        vendor: VENDOR,
        class: name,
        assurance: "software",
        hardwareId: `${VENDOR}-${index}`,
        capabilities: {
          measurements: [{ name: `urn:dev:${VENDOR}:*`, unit: "m3/s", min: 0, max: 10 }],
          actions: ["telemetry", "event", "command"],
          audiences: [`${DOMAIN}*`],
          ratePerMinute: 600,
        },
        validFrom: this.now - DAY_MS,
        validUntil: this.now + 30 * DAY_MS,
        status: [{ list: STATUS_LIST, purpose: "revocation", index }],
      },
      this.manufacturer,
    )
  }
}
