/** Everything outside of the devices: who vouches, who commands, what is known and what is allowed; all signed. */

import type { Endorsements, Firmware, References } from "@assay/attestation"
import { encodeStatusList, type MeasurementGrant } from "@assay/credentials"
import { dsseSign } from "@assay/jose"
import {
  ADVISORY_TYPE,
  BUNDLE,
  DELEGATION_TYPE,
  ENDORSEMENTS_TYPE,
  POLICY,
  POLICY_PAYLOAD_TYPE,
  PROFILE_TYPE,
  REFERENCE_VALUES_TYPE,
  signBundle,
} from "@assay/knowledge"
import {
  type Advisory,
  type AffectedFirmware,
  type Delegation,
  type DeviceLabel,
  type FirmwareClaim,
  type LogIdentity,
  logName,
  type OperatorRight,
  type Profile,
  type ProfileRules,
  type Revocation,
  type RootSet,
  type TrustBundle,
  type Verb,
} from "@assay/trust"
import { type CredentialKind, credentialFor, FIRST_REVOKED, STATUS_ENTRIES, STATUS_LIST } from "./credential.ts"
import { Device } from "./device.ts"
import { type Releases, releasesOf } from "./firmware.ts"
import { HardwareServices } from "./hardware/services.ts"
import { type DidMethod, fraction, type Identity, identityOf } from "./keys.ts"
import {
  AUDIENCES,
  CELL_AUDIENCES,
  DEVICE_CLASS,
  LATERAL_ZONES,
  measurementsOf,
  policyText,
  TRUST_DOMAIN,
  VENDOR,
} from "./plant.ts"
import { seriesOf } from "./series.ts"
import { headerOf, type Signed, signToken } from "./token.ts"

const DAY_MS = 24 * 60 * 60 * 1000
const VERSION = 2

export interface WorldOptions {
  readonly seed: string
  /** When the run begins, seconds since 1970; not before the log's genesis. */
  readonly now: number
  /** Messages per minute that credentials grant. */
  readonly ratePerMinute?: number
  /** What the first two operators may do; by default `RIGHTS`. */
  readonly rights?: ReadonlyArray<OperatorRight>
  /** The log that operators' commands are for. Default: of epoch 1, begun when the run begins. */
  readonly log?: LogIdentity
  /** Of all devices. Default: a weather station. */
  readonly deviceClass?: string
  /** How many days from now on credentials, bundle and policy are in force. Default: 30. */
  readonly days?: number
  /** How far the clocks of devices move in a run at most, in seconds: its log must not stand still. Default: 20. */
  readonly clockSeconds?: number
  /** Devices may have hardware: who appraises it is named, and what it may show is known. */
  readonly hardware?: true
  /** The maker lists its firmware itself, beside what the roots list. */
  readonly maker?: true
  /** A policy of logs (C2SP tlog-policy) in one of which its releases must be. The maker of this world logs nothing. */
  readonly firmwareLogs?: string
  /** Limits of its own. Its times and version are ours to set; by default there is no profile. */
  readonly profile?: ProfileRules & Pick<Profile, "volatile">
  /** Whether the policy lets claims pass: what a gateway says of devices that cannot sign. Default: false. */
  readonly claims?: boolean
}

export interface DelegationTerms {
  /** The devices, by their names under the gateway. */
  readonly names: ReadonlyArray<string>
  /** Default: 1. */
  readonly version?: number
  /** Milliseconds since 1970. Default: with everything else in force. */
  readonly expires?: number
  /** Who signs it. Default: two roots. */
  readonly signers?: ReadonlyArray<Identity>
}

export interface DeviceOptions {
  /** Turns the four kinds of key: even Ed25519, odd ES256; two by two did:key and did:jwk. */
  readonly ordinal?: number
  readonly credential?: {
    readonly kind: CredentialKind
    readonly measurements?: ReadonlyArray<MeasurementGrant>
    /** Milliseconds since 1970. */
    readonly validFrom?: number
  }
  /** Which release it runs; `listed`: the older one of those that its maker lists. Default: the current one. */
  readonly firmware?: "older" | "current" | "listed"
}

export interface Command {
  readonly verb: Verb
  readonly target: string
  /** Above the signer's last one. */
  readonly seq: number
  readonly reason?: string
  /** Of resync: SHA-256 of the one-time value, base64url. */
  readonly value?: string
  /** Of rebaseline: sorted, each once. */
  readonly devices?: ReadonlyArray<string>
  /** Of a device's life: SHA-256 of what it rests on, base64url. */
  readonly evidence?: string
  /** Of label. */
  readonly label?: DeviceLabel
  /** Of a revocation that reaches back. */
  readonly revocation?: Omit<Revocation, "part">
}

/** Digests of firmware, and what they become. */
type Affected = ReadonlyArray<readonly [digest: string, status: AffectedFirmware["status"]]>

/** Of operators where the options say nothing. */
const RIGHTS: ReadonlyArray<Verb> = ["quarantine", "release", "revoke", "breaker-override"]

const METHODS: ReadonlyArray<DidMethod> = ["key", "jwk"]

export class World {
  readonly seed: string
  readonly now: number
  readonly ratePerMinute: number
  readonly deviceClass: string
  /** All names of measurements begin with it. */
  readonly measurements: string
  readonly days: number
  private readonly clockSeconds: number | undefined
  /** The name of the log that commands are for. */
  readonly log: string
  readonly trustDomain = TRUST_DOMAIN
  readonly audiences = AUDIENCES
  readonly cells = CELL_AUDIENCES
  readonly lateralZones = LATERAL_ZONES
  /** The keys behind `rootSet`. */
  readonly roots: ReadonlyArray<Identity>
  readonly rootSet: RootSet
  readonly manufacturer: Identity
  /** Signs credentials, and is in no bundle. */
  readonly rogueIssuer: Identity
  /** Signs reference values of firmware and advisories; null where the roots list all. */
  readonly maker: Identity | null
  readonly operators: ReadonlyArray<Identity>
  /** What the bundle in force says, and its signed envelope. */
  readonly bundle: TrustBundle
  readonly signedBundle: Uint8Array
  /** Rightly signed, and of a lower version. */
  readonly olderBundle: Uint8Array
  /** Of a higher version, and signed by one root only. */
  readonly halfSignedBundle: Uint8Array
  /** The policy's signed envelope. */
  readonly signedPolicy: Uint8Array
  /** The profile's, where there is one. */
  readonly signedProfile: Uint8Array | null
  /** Who appraises hardware; null where no device has any. */
  readonly hardware: HardwareServices | null
  private readonly rights: ReadonlyArray<OperatorRight>
  private readonly firmwareLogs: string | undefined
  private readonly releases: Releases

  constructor(options: WorldOptions) {
    const { seed, now } = options
    this.seed = seed
    this.now = now
    this.rights = options.rights ?? RIGHTS
    this.firmwareLogs = options.firmwareLogs
    this.ratePerMinute = options.ratePerMinute ?? 600
    this.deviceClass = options.deviceClass ?? DEVICE_CLASS
    this.measurements = measurementsOf(this.deviceClass)
    this.days = options.days ?? 30
    this.clockSeconds = options.clockSeconds
    this.log = logName(options.log ?? { epoch: 1, genesis: now * 1000 })
    this.roots = [0, 1, 2].map((n) => identityOf(seed, `root ${n}`, n === 2 ? "ES256" : "Ed25519", "key"))
    this.rootSet = { roots: this.roots.map(({ did }) => did), threshold: 2 }
    this.manufacturer = identityOf(seed, "manufacturer", "Ed25519", "key")
    this.rogueIssuer = identityOf(seed, "rogue issuer", "Ed25519", "key")
    this.maker = options.maker === true ? identityOf(seed, "maker of firmware", "Ed25519", "key") : null
    this.operators = [0, 1, 2].map((n) => identityOf(seed, `operator ${n}`, n === 1 ? "ES256" : "Ed25519", "key"))
    this.hardware = options.hardware === true ? new HardwareServices(seed, now, this.deviceClass) : null
    this.releases = releasesOf(seed, this.deviceClass)
    this.bundle = this.bundleOf(VERSION)
    this.signedBundle = signBundle(this.bundle, this.signers(2))
    this.olderBundle = signBundle(this.bundleOf(VERSION - 1), this.signers(2))
    this.halfSignedBundle = signBundle(this.bundleOf(VERSION + 1), this.signers(1))
    const policy = policyText(now, this.deviceClass, this.days, options.claims === true)
    this.signedPolicy = dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(policy), this.signers(2))
    this.signedProfile = options.profile === undefined ? null : this.sealed(options.profile)
  }

  /** Everything that is to be activated before messages come, in order: the name of its kind, and the signed envelope. */
  get signedItems(): ReadonlyArray<readonly [kind: string, body: Uint8Array]> {
    return [
      [BUNDLE.name, this.signedBundle],
      [POLICY.name, this.signedPolicy],
      ...(this.signedProfile === null ? [] : [["profile", this.signedProfile] as const]),
      ...(this.hardware === null ? [] : this.hardwareItems(this.hardware)),
      ...(this.maker === null || this.hardware !== null || this.firmwareLogs !== undefined
        ? []
        : [["reference-values", this.signReferences(this.firmware())] as const]),
    ]
  }

  /** What the maker lists, not signed yet. @param changes of its firmware */
  firmware(version = 1, changes: Partial<Firmware> = {}): References {
    return {
      version,
      issued: this.now * 1000 - DAY_MS,
      expires: this.now * 1000 + this.days * DAY_MS,
      vendor: VENDOR,
      class: this.deviceClass,
      firmware: { releases: this.releases.ofMaker, minimumSvn: 1, rollouts: this.rollouts(), ...changes },
      formats: [],
      measurements: "none",
      pcrs: [],
      events: [],
      tpmFirmware: [],
      components: [],
    }
  }

  /** All run the older release; the newer one is for later. */
  private rollouts(): Firmware["rollouts"] {
    const [older, newer] = this.releases.ofMaker
    const all = { by: null, zones: [], percent: 100 }
    return [
      { ...all, wave: "all", version: older!.version, from: this.now * 1000 - DAY_MS },
      { ...all, wave: "next", version: newer!.version, from: this.now * 1000 + this.days * DAY_MS },
    ]
  }

  /** A signed advisory of the vendor about firmware of this class. @param signer whoever it is */
  advisory(
    { id, version = 1, affected }: Pick<Advisory, "id"> & { readonly version?: number; readonly affected: Affected },
    signer: Identity = this.maker!,
  ): Uint8Array {
    const advisory: Advisory = {
      version,
      issued: this.now * 1000,
      expires: this.now * 1000 + this.days * DAY_MS,
      id,
      vendor: VENDOR,
      title: "an advisory of the fleet",
      sources: [{ format: "own", id, digest: "00".repeat(32) }],
      since: this.now * 1000 - DAY_MS,
      affected: affected.map(([digest, status]) => ({ class: this.deviceClass, digest, status })),
    }
    return dsseSign(ADVISORY_TYPE, Buffer.from(JSON.stringify(advisory)), [signer])
  }

  get olderFirmware(): FirmwareClaim {
    return this.releases.older
  }

  /** A device of this world; the same `purpose` gives the same device. */
  device(purpose: string, options: DeviceOptions = {}): Device {
    const ordinal = options.ordinal ?? 0
    const alg = ordinal % 2 === 0 ? "Ed25519" : "ES256"
    const identity = identityOf(this.seed, `device\0${purpose}`, alg, METHODS[(ordinal >> 1) % 2]!)
    return this.deviceAs(identity, purpose, options)
  }

  /** A device under an identity that is given: its DID need not be its key. */
  deviceAs(identity: Identity, purpose: string, options: DeviceOptions = {}): Device {
    const { kind, ...terms } = { kind: "good" as CredentialKind, ...options.credential }
    const serial = Math.floor(fraction(this.seed, `serial\0${purpose}`) * 2 ** 32)
    return new Device({
      identity,
      prefix: `${this.measurements}${serial.toString(16).padStart(8, "0")}:`,
      audience: AUDIENCES.historian,
      series: seriesOf(this.seed, purpose),
      firmware: this.releases[options.firmware ?? "current"],
      credentials: kind === "none" ? [] : [credentialFor(this, identity.did, serial, { kind, ...terms })],
      now: this.now,
      ...(this.clockSeconds === undefined ? {} : { clockSeconds: this.clockSeconds }),
    })
  }

  /** A device that cannot sign, for which the gateway does. @param name as `isDelegateName` says */
  delegate(gateway: Device, name: string): Device {
    const { now, audience, firmware, identity, clockSeconds } = gateway.profile
    return new Device({
      identity,
      name,
      prefix: `${this.measurements}${name}:`,
      audience,
      series: seriesOf(this.seed, `${identity.did}\0${name}`),
      firmware,
      credentials: [],
      now,
      ...(clockSeconds === undefined ? {} : { clockSeconds }),
    })
  }

  /** The signed envelope of the delegation of a gateway. All devices are of the class of this world. */
  delegation({ did }: Pick<Device, "did">, { names, version = 1, expires, signers }: DelegationTerms): Uint8Array {
    const delegation: Delegation = {
      version,
      issued: this.now * 1000 - DAY_MS,
      expires: expires ?? this.now * 1000 + this.days * DAY_MS,
      gateway: did,
      devices: names.map((name) => ({ name, vendor: VENDOR, class: this.deviceClass })),
    }
    return dsseSign(DELEGATION_TYPE, Buffer.from(JSON.stringify(delegation)), signers ?? this.signers(2))
  }

  /** One signer's token of an operator command, whoever the signer is. */
  command(signer: Identity, { verb, target, seq, reason = "fleet", ...more }: Command): Signed {
    const iat = this.now
    const { log } = this
    const payload = {
      iss: signer.did,
      aud: TRUST_DOMAIN,
      log,
      iat,
      exp: iat + 3600,
      seq,
      target,
      verb,
      reason,
      ...more,
    }
    return signToken(signer, headerOf(signer, "m2m-control+jwt"), payload)
  }

  /** Signed endorsements of the vendor. */
  signEndorsements(body: Endorsements): Uint8Array {
    return dsseSign(ENDORSEMENTS_TYPE, Buffer.from(JSON.stringify(body)), this.signers(2))
  }

  /** Signed reference values of the class. */
  signReferences(body: References, signer = this.hardware?.referencer ?? this.maker!): Uint8Array {
    return dsseSign(REFERENCE_VALUES_TYPE, Buffer.from(JSON.stringify(body)), [signer])
  }

  private hardwareItems(hardware: HardwareServices): ReadonlyArray<readonly [kind: string, body: Uint8Array]> {
    return [
      ["endorsements", this.signEndorsements(hardware.endorsements(1, this.days))],
      ["reference-values", this.signReferences(hardware.references(1, this.days))],
    ]
  }

  private sealed(rules: NonNullable<WorldOptions["profile"]>): Uint8Array {
    const { freshness, positions, detectors, containment, volatile } = rules
    const profile: Profile = {
      version: 1,
      issued: this.now * 1000 - DAY_MS,
      expires: this.now * 1000 + this.days * DAY_MS,
      freshness,
      positions,
      detectors,
      containment,
      ...(volatile === undefined ? {} : { volatile }),
    }
    return dsseSign(PROFILE_TYPE, Buffer.from(JSON.stringify(profile)), this.signers(2))
  }

  private signers(count: number): ReadonlyArray<Identity> {
    return this.roots.slice(-count)
  }

  private bundleOf(version: number): TrustBundle {
    const issued = this.now * 1000 - DAY_MS
    return {
      version,
      issued,
      expires: this.now * 1000 + this.days * DAY_MS,
      trustDomain: TRUST_DOMAIN,
      issuers: [
        {
          did: this.manufacturer.did,
          credentialTypes: ["AssayDeviceCredential"],
          vendors: [VENDOR],
          measurements: [`${this.measurements}*`],
          actions: ["telemetry", "event"],
          maxAssurance: "software",
        },
      ],
      operators: this.operators.map(({ did }, n) => ({ did, rights: n === 2 ? ["quarantine"] : this.rights })),
      thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
      statusLists: [
        {
          id: STATUS_LIST,
          purpose: "revocation",
          issuer: this.manufacturer.did,
          encodedList: encodeStatusList(STATUS_ENTRIES, revokedIndexes()),
          issued,
          maxAgeMs: this.days * DAY_MS,
        },
      ],
      firmware: this.releases.references,
      minimumSvn: { [`${VENDOR}/${this.deviceClass}`]: 1 },
      nextRoots: null,
      ...(this.maker === null ? {} : { references: [{ did: this.maker.did, vendors: [VENDOR] }] }),
      ...(this.firmwareLogs === undefined ? {} : { firmwareLogs: [{ vendor: VENDOR, policy: this.firmwareLogs }] }),
      ...(this.hardware === null
        ? {}
        : {
            challengers: [this.hardware.challenger.did],
            endorsers: [this.hardware.endorser.did],
            references: [{ did: this.hardware.referencer.did, vendors: [VENDOR] }],
          }),
    }
  }
}

function* revokedIndexes(): Iterable<number> {
  for (let index = FIRST_REVOKED; index < STATUS_ENTRIES; index++) yield index
}
