/** The stage on which one injection of an attack plays: its own devices, and the words to write its steps with. */
import { DELEGATION } from "@assay/knowledge"
import { type Envelope, signerOf } from "@assay/trust"
import { type Attack, type Expectation, type Label, NOT_PUNISHED, type Role, type Step, VERIFIED } from "./attack.ts"
import type { Device } from "./device.ts"
import { derive, type Identity, identityOf } from "./keys.ts"
import type { Signed } from "./token.ts"
import type { DelegationTerms, DeviceOptions, World } from "./world.ts"

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
    yield this.step(device, device.presentation().bytes, "lead-up", null, "enrolment")
    for (let i = 0; i < messages; i++) yield this.lead(device, device.message())
  }

  /** A gateway, with the delegation that names its devices, which speak before the run begins, and say enough to become known. */
  *learnGateway(
    gateway: Device,
    delegates: ReadonlyArray<Device>,
    terms: Partial<DelegationTerms> = {},
  ): Iterable<Step> {
    const names = delegates.map(({ profile }) => profile.name!)
    yield this.delegate(gateway, { names, ...terms })
    yield this.step(gateway, gateway.presentation().bytes, "lead-up", null, "enrolment")
    for (const device of delegates) yield this.step(device, device.message().bytes, "lead-up", null, "enrolment")
    for (let i = 0; i < this.scale.learn; i++)
      for (const device of [gateway, ...delegates]) yield this.lead(device, device.message())
  }

  /** Operators activate the delegation of a gateway. */
  delegate(gateway: Device, terms: DelegationTerms): Step {
    const body = this.world.delegation(gateway, terms)
    const label = this.label("", "lead-up", null, true)
    return { submission: { kind: "knowledge", item: DELEGATION.name, body, label }, when: "enrolment" }
  }

  /** An honest message before the attack. */
  lead(device: Device, signed: Signed): Step {
    return this.step(device, signed.bytes, "lead-up", null, "turn")
  }

  /** An attempt in the name of a device, under the key that signs for it. */
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
    return this.step(device, signed.bytes, "attempt", NOT_PUNISHED, "turn", undefined, true)
  }

  /** The device speaks on, and must be believed. */
  *staysTrusted(device: Device, messages = 3): Iterable<Step> {
    for (let i = 0; i < messages; i++) yield this.step(device, device.message().bytes, "follow-up", VERIFIED, "turn")
  }

  /** @param elements tokens, and the opening that goes with them */
  control(device: string, ...elements: ReadonlyArray<Signed | string>): Step {
    return this.command(elements, this.label(device, "attempt", this.attack.expect, false))
  }

  /** A rightful command before the attack. */
  order(device: string, ...elements: ReadonlyArray<Signed | string>): Step {
    return this.command(elements, this.label(device, "lead-up", null, true))
  }

  /** An attempt to activate an item. */
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
    device: string | Pick<Device, "id">,
    bytes: Uint8Array,
    role: Role,
    expect: Expectation | null,
    when: Step["when"],
    key?: Uint8Array,
    honest = role !== "attempt",
    facts: Partial<Envelope> = {},
  ): Step {
    const id = typeof device === "string" ? device : device.id
    const route = key ?? Buffer.from(signerOf(id))
    const label = this.label(id, role, expect, honest)
    return { submission: { kind: "message", key: route, envelope: { ...envelopeOf(bytes), ...facts }, label }, when }
  }

  private label(device: string, role: Role, expect: Expectation | null, honest: boolean): Label {
    return { honest, role, attack: this.attack.name, instance: this.instance, device, expect }
  }
}
