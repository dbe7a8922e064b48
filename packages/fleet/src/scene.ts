/** The stage on which one injection of an attack plays: its own devices, and the words to write its steps with. */
import type { Envelope } from "@assay/trust"
import { type Attack, type Expectation, type Label, NOT_PUNISHED, type Role, type Step, VERIFIED } from "./attack.ts"
import type { Device } from "./device.ts"
import { derive, type Identity, identityOf } from "./keys.ts"
import type { Signed } from "./token.ts"
import type { DeviceOptions, World } from "./world.ts"

export interface Scale {
  /** Clean messages after which a device counts as known: more than Assay needs to learn it. */
  readonly learn: number
  /** How many messages a flood has. */
  readonly flood: number
  /** How many identities a crowd has. */
  readonly crowd: number
}

export const DEFAULT_SCALE: Scale = { learn: 20, flood: 500, crowd: 400 }

/** A message as the test binding hands it in. */
export const envelopeOf = (bytes: Uint8Array): Envelope => ({
  bytes,
  mediaType: "application/jose",
  binding: "test",
  originator: null,
  principal: null,
})

export class Scene {
  readonly world: World
  readonly attack: Attack
  readonly instance: number
  readonly scale: Scale

  constructor(world: World, attack: Attack, instance: number, scale: Scale) {
    this.world = world
    this.attack = attack
    this.instance = instance
    this.scale = scale
  }

  /** A device of this scene alone. */
  device(role = "device", options: DeviceOptions = {}): Device {
    return this.world.device(this.purpose(role), { ordinal: this.instance, ...options })
  }

  /** A key of this scene that nobody knows. */
  stranger(role: string): Identity {
    return identityOf(this.world.seed, this.purpose(role), "Ed25519", "key")
  }

  /** 32 bytes that only this scene has. */
  bytes(role: string): Buffer {
    return derive(this.world.seed, this.purpose(role))
  }

  /** The device shows its credentials, before the run begins, and says enough to become known. */
  *learn(device: Device, messages = this.scale.learn): Iterable<Step> {
    yield this.step(device.did, device.presentation().bytes, "lead-up", null, "enrolment")
    for (let i = 0; i < messages; i++) yield this.lead(device, device.message())
  }

  /** An honest message before the attack. */
  lead(device: Device, signed: Signed): Step {
    return this.step(device.did, signed.bytes, "lead-up", null, "turn")
  }

  /** An attempt in the name of `did`, under that key. */
  attempt(did: string, signed: Signed | Uint8Array, expect: Expectation = this.attack.expect): Step {
    return this.step(did, "bytes" in signed ? signed.bytes : signed, "attempt", expect, "turn")
  }

  /** As `attempt`, without any rest before it. */
  burst(did: string, signed: Signed): Step {
    return this.step(did, signed.bytes, "attempt", this.attack.expect, "at-once")
  }

  /** As `attempt`, under the routing key of somebody else. */
  misroute(did: string, key: string, signed: Signed): Step {
    return this.step(did, signed.bytes, "attempt", this.attack.expect, "turn", Buffer.from(key))
  }

  /** As `attempt`, brought by another protocol. @param honest the device said it so, and is not to be punished */
  carried(did: string, signed: Signed | Uint8Array, facts: Partial<Envelope>, honest = false): Step {
    const bytes = "bytes" in signed ? signed.bytes : signed
    const expect = honest ? NOT_PUNISHED : this.attack.expect
    return this.step(did, bytes, "attempt", expect, "turn", undefined, honest, facts)
  }

  /** What an honest device does while it looks guilty. */
  suspicious(device: Device, signed: Signed): Step {
    return this.step(device.did, signed.bytes, "attempt", NOT_PUNISHED, "turn", undefined, true)
  }

  /** The device speaks on, and must be believed. */
  *staysTrusted(device: Device, messages = 3): Iterable<Step> {
    for (let i = 0; i < messages; i++)
      yield this.step(device.did, device.message().bytes, "follow-up", VERIFIED, "turn")
  }

  /** @param elements tokens, and the opening that goes with them */
  control(device: string, ...elements: ReadonlyArray<Signed | string>): Step {
    return this.command(elements, this.label(device, "attempt", this.attack.expect, false))
  }

  /** A rightful command before the attack. */
  order(device: string, ...elements: ReadonlyArray<Signed | string>): Step {
    return this.command(elements, this.label(device, "lead-up", null, true))
  }

  knowledge(item: string, body: Uint8Array): Step {
    return {
      submission: { kind: "knowledge", item, body, label: this.label("", "attempt", this.attack.expect, false) },
      when: "turn",
    }
  }

  private command(elements: ReadonlyArray<Signed | string>, label: Label): Step {
    const tokens = elements.map((one) => (typeof one === "string" ? one : one.bytes.toString("latin1")))
    return { submission: { kind: "control", tokens, label }, when: "turn" }
  }

  private purpose(role: string): string {
    return `${this.attack.name}\0${this.instance}\0${role}`
  }

  private step(
    device: string,
    bytes: Uint8Array,
    role: Role,
    expect: Expectation | null,
    when: Step["when"],
    key: Uint8Array = Buffer.from(device),
    honest = role !== "attempt",
    facts: Partial<Envelope> = {},
  ): Step {
    const label = this.label(device, role, expect, honest)
    return { submission: { kind: "message", key, envelope: { ...envelopeOf(bytes), ...facts }, label }, when }
  }

  private label(device: string, role: Role, expect: Expectation | null, honest: boolean): Label {
    return { honest, role, attack: this.attack.name, instance: this.instance, device, expect }
  }
}
