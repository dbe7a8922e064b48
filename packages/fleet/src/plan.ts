/**
 * The whole run as one ordered sequence: what an honest fleet says, with the injections of every attack threaded in at
 * fixed fractions of it. The order, and every byte but the random ES256 signatures, follows from the options alone.
 */
import type { Attack, Label, Step, Submission } from "./attack.ts"
import { ATTACKS } from "./attacks/index.ts"
import type { Device } from "./device.ts"
import { fraction } from "./keys.ts"
import { DEFAULT_SCALE, envelopeOf, type Scale, Scene } from "./scene.ts"
import { World } from "./world.ts"

export interface PlanOptions {
  /** Honest devices; the attacks bring their own besides. */
  readonly devices: number
  /** Honest messages of all those devices together, presentations among them. */
  readonly messages: number
  readonly seed: string
  /** When the run begins, seconds since 1970; not before the log's genesis. */
  readonly now: number
  /** The attacks to inject; the whole catalogue by default. */
  readonly attacks?: ReadonlyArray<Attack>
  /** How often each is injected. */
  readonly injections?: number
  readonly scale?: Partial<Scale>
}

export interface FleetPlan {
  readonly world: World
  /** Signs as it is read; can be read once more from the start. */
  submissions(): Iterable<Submission>
}

/** Credentials grant this many times the fleet's own rate, so that only a flood is too much. */
const RATE_MARGIN = 8
const MIN_RATE = 240
const MAX_RATE = 60_000

/** The run of a fleet. Making it costs the knowledge only; signing happens while it is read. */
export const fleetPlan = (options: PlanOptions): FleetPlan => {
  const rounds = Math.ceil(options.messages / Math.max(1, options.devices))
  const ratePerMinute = Math.min(MAX_RATE, Math.max(MIN_RATE, RATE_MARGIN * rounds))
  const scale: Scale = { ...DEFAULT_SCALE, flood: Math.max(DEFAULT_SCALE.flood, 2 * ratePerMinute), ...options.scale }
  const world = new World({ seed: options.seed, now: options.now, ratePerMinute })
  return { world, submissions: () => threaded(options, world, scale) }
}

/** Honest messages in turns, and before each the attack steps whose time has come. */
function* threaded(options: PlanOptions, world: World, scale: Scale): Iterable<Submission> {
  const steps = scheduled(options, world, scale)
  let next = 0
  let done = 0
  for (const submission of honest(options, world)) {
    const at = done / options.messages
    while (next < steps.length && steps[next]!.at <= at) yield steps[next++]!.submission
    yield submission
    done += 1
  }
  while (next < steps.length) yield steps[next++]!.submission
}

/** Every device presents its credential, then all speak in turns, in the same order in each. */
function* honest({ devices, messages }: PlanOptions, world: World): Iterable<Submission> {
  const fleet: Device[] = []
  for (let sent = 0; sent < messages; sent++) {
    const index = sent % devices
    const known = fleet[index]
    const device = known ?? world.device(`fleet ${index}`, { ordinal: index })
    if (known === undefined) fleet.push(device)
    const signed = known === undefined ? device.presentation() : device.message()
    const label: Label = { honest: true, role: "normal", attack: null, instance: 0, device: device.did, expect: null }
    yield { kind: "message", key: Buffer.from(device.did), envelope: envelopeOf(signed.bytes), label }
  }
}

interface Scheduled {
  /** 0..1 of the honest messages. */
  readonly at: number
  readonly submission: Submission
}

/** The latest that an injection begins: the rest of the run is for it to unfold at the pace of a device. */
const LATEST_START = 0.1

/** All attack steps in order. They are signed beforehand: that they fall in bursts must not slow the fleet. */
const scheduled = (options: PlanOptions, world: World, scale: Scale): ReadonlyArray<Scheduled> => {
  const all: Scheduled[] = []
  for (const attack of options.attacks ?? ATTACKS)
    for (let instance = 0; instance < (options.injections ?? 2); instance++) {
      const start = LATEST_START * fraction(options.seed, `start\0${attack.name}\0${instance}`)
      all.push(...paced([...attack.inject(new Scene(world, attack, instance, scale))], start))
    }
  // Stable, so that steps of one injection keep their order.
  return all.sort((a, b) => a.at - b.at)
}

/** Spreads the steps of an injection from `start` to the end of the run; steps without a rest follow at once. */
const paced = (steps: ReadonlyArray<Step>, start: number): ReadonlyArray<Scheduled> => {
  const rests = steps.reduce((sum, { rest }) => sum + rest, 0)
  let passed = 0
  return steps.map(({ submission, rest }) => {
    passed += rest
    return { at: start + ((1 - start) * passed) / (rests + 1), submission }
  })
}
