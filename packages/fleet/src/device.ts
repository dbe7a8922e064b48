/** A simulated device: it holds its own key, counts, chains what it says, and really signs. */
import { type Action, delegatedId, type FirmwareClaim } from "@assay/trust"
import type { Identity } from "./keys.ts"
import type { Hour, Series } from "./series.ts"
import { headerOf, type Signed, signToken } from "./token.ts"

/** A record of a SenML pack as written, before base values are resolved. */
export interface SenmlRecord {
  readonly bn?: string
  readonly n?: string
  readonly u?: string
  readonly v?: number
  readonly vs?: string
  readonly vb?: boolean
}

/** What a caller may set of the next message; the rest is what an honest device would say. */
export interface Say {
  readonly act?: Action
  readonly aud?: string
  /** Seconds since 1970. */
  readonly iat?: number
  readonly senml?: ReadonlyArray<SenmlRecord>
  readonly body?: object
  /** With what a device of several images, or of two slots, says beside it. */
  readonly fw?: FirmwareClaim & { readonly components?: ReadonlyArray<object>; readonly spare?: object }
  /** Replaces the digest of the message before. */
  readonly prv?: string
  readonly epo?: number
  /** Replaces single values of the recorded weather. */
  readonly values?: Partial<Hour>
}

export interface DeviceProfile {
  /** Whose key signs: its own, or that of the gateway that speaks for it. */
  readonly identity: Identity
  /** Its name under that gateway; left out where it signs for itself. */
  readonly name?: string
  /** The base name of its readings. */
  readonly prefix: string
  /** Where it sends its telemetry. */
  readonly audience: string
  readonly series: Series
  readonly firmware: FirmwareClaim
  /** Its compact `vc+jwt` credentials. */
  readonly credentials: ReadonlyArray<string>
  /** The device's clock when its run starts, seconds since 1970. */
  readonly now: number
  /** How far its clock moves in a run at most. Default: MAX_CLOCK_SECONDS. */
  readonly clockSeconds?: number
}

/** A device tells its firmware at boot and then with every so many messages. */
const FIRMWARE_EVERY = 8
/** The clock of a device moves a second each so many messages, and at most so far: a run must never reach the future. */
const MESSAGES_PER_SECOND = 4
const MAX_CLOCK_SECONDS = 20

export class Device {
  readonly profile: DeviceProfile
  private epo = 0
  private seq = 0
  private prv: string | null = null
  private sample = 0
  private readonly header: string

  constructor(profile: DeviceProfile) {
    this.profile = profile
    this.header = headerOf(profile.identity, "m2m-message+jwt")
  }

  /** The DID that signs: by it messages are routed. */
  get did(): string {
    return this.profile.identity.did
  }

  /** The boot epoch that it is in. */
  get epoch(): number {
    return this.epo
  }

  /** By what Assay knows it. */
  get id(): string {
    const { identity, name } = this.profile
    return name === undefined ? identity.did : delegatedId(identity.did, name)
  }

  /** The clock of the device: it follows what it has said, so that one seed gives the same bytes. */
  get clock(): number {
    const { now, clockSeconds = MAX_CLOCK_SECONDS } = this.profile
    return now + Math.min(clockSeconds, Math.floor(this.sample / MESSAGES_PER_SECOND))
  }

  /** The signed showing of its credentials; stands outside of the sequence. `iat` in seconds since 1970. */
  presentation(credentials: ReadonlyArray<string> = this.profile.credentials, iat: number = this.clock): Signed {
    const { identity, audience } = this.profile
    const payload = { iss: identity.did, aud: audience, iat, vc: credentials }
    return signToken(identity, headerOf(identity, "m2m-presentation+jwt"), payload)
  }

  /** Signs the next message and counts on. */
  message(say: Say = {}): Signed {
    const signed = signToken(this.profile.identity, this.header, this.payload(say))
    this.seq += 1
    this.sample += 1
    this.prv = signed.digest
    if (say.epo !== undefined) this.epo = say.epo
    return signed
  }

  /** Goes on from another form of the message it said last, such as COSE. @param digest of that form's signing input */
  said(digest: string): void {
    this.prv = digest
  }

  /** The payload that `message` would sign, for those who want to sign it wrongly. Does not count on. */
  payload(say: Say = {}): Record<string, unknown> {
    const act = say.act ?? "telemetry"
    const { name } = this.profile
    // What firmware it runs a gateway cannot say.
    const ofSelf = name === undefined
    const fw = say.fw ?? (ofSelf && this.sample % FIRMWARE_EVERY === 0 ? this.profile.firmware : undefined)
    return {
      iss: this.did,
      ...(name === undefined ? {} : { sub: name }),
      aud: say.aud ?? this.profile.audience,
      iat: say.iat ?? this.clock,
      act,
      epo: say.epo ?? this.epo,
      seq: this.seq,
      prv: say.prv ?? this.prv,
      ...(act === "telemetry"
        ? { senml: say.senml ?? this.pack(say.values) }
        : { body: say.body ?? { note: `sample ${this.sample}` } }),
      ...(fw === undefined ? {} : { fw }),
    }
  }

  /** Starts the next boot epoch: the counter begins again, the chain goes on. */
  reboot(): void {
    this.epo += 1
    this.seq = 0
  }

  /** A second copy of the device, with its key and all it knows. */
  copy(): Device {
    return this.withKey(this.profile.identity)
  }

  /** The same device, which goes on with another key of its DID. */
  withKey(identity: Identity): Device {
    const twin = new Device({ ...this.profile, identity })
    twin.epo = this.epo
    twin.seq = this.seq
    twin.prv = this.prv
    twin.sample = this.sample
    return twin
  }

  /** Lets the recorded weather go on without a message, so that a copy tells another story. */
  wander(samples: number): void {
    this.sample += samples
  }

  private pack(values: Partial<Hour> = {}): ReadonlyArray<SenmlRecord> {
    const hour = { ...this.profile.series(this.sample), ...values }
    return [
      { bn: this.profile.prefix, n: "temperature", u: "Cel", v: hour.temperature },
      { n: "pressure", u: "hPa", v: hour.pressure },
      { n: "wind", u: "m/s", v: hour.wind },
    ]
  }
}
