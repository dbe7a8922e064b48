/**
 * The whole run as one ordered sequence: what an honest fleet says, with the injections of every attack threaded in at
 * fixed fractions of it. The order, and every byte but the random ES256 signatures, follows from the options alone.
 */
import type { Attack, Step, Submission } from "./attack.ts"
import { ATTACKS } from "./attacks/index.ts"
import type { Device } from "./device.ts"
import { fraction } from "./keys.ts"
import { DEFAULT_SCALE, envelopeOf, type Scale, Scene } from "./scene.ts"
import type { Signed } from "./token.ts"
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
  /**
   * Every device that will be trusted presents its credential. A device becomes known only when its admission has come
   * back into the stream, so let Assay decide on all of these before the run begins.
   */
  enrolment(): Iterable<Submission>
  /** Everything else, in order. Signs as it is read; call it once, since the devices count on. */
  run(): Iterable<Submission>
}

/** Credentials grant this many times the fleet's own rate, so that only a flood is too much. */
const RATE_MARGIN = 8
const MIN_RATE = 240
const MAX_RATE = 60_000

/**
 * The run of a fleet. The devices, their credentials and all attack steps are made here, beforehand: that attacks fall
 * in bursts must not slow the fleet. Honest messages are signed while they are read.
 */
export const fleetPlan = (options: PlanOptions): FleetPlan => {
  const { seed, now, devices, messages } = options
  const rounds = Math.ceil(messages / Math.max(1, devices))
  const ratePerMinute = Math.min(MAX_RATE, Math.max(MIN_RATE, RATE_MARGIN * rounds))
  const scale: Scale = { ...DEFAULT_SCALE, flood: Math.max(DEFAULT_SCALE.flood, 2 * ratePerMinute), ...options.scale }
  const claims = options.attacks?.some(({ category }) => category === "delegation") === true
  const world = new World({ seed, now, ratePerMinute, claims })
  const fleet = Array.from({ length: Math.min(devices, messages) }, (_, n) =>
    world.device(`fleet ${n}`, { ordinal: n }),
  )
  const injections = injected(options, world, scale)
  return {
    world,
    enrolment: function* () {
      for (const device of fleet) yield normal(device, device.presentation())
      for (const { steps } of injections)
        for (const { submission, when } of steps) if (when === "enrolment") yield submission
    },
    run: () => threaded(fleet, messages - fleet.length, scheduled(injections)),
  }
}

/** The devices speak in turns, in the same order in each; before each message come the steps whose time has come. */
function* threaded(
  fleet: ReadonlyArray<Device>,
  messages: number,
  steps: ReadonlyArray<Scheduled>,
): Iterable<Submission> {
  let next = 0
  for (let sent = 0; sent < messages; sent++) {
    while (next < steps.length && steps[next]!.at <= sent / messages) yield steps[next++]!.submission
    const device = fleet[sent % fleet.length]!
    yield normal(device, device.message())
  }
  while (next < steps.length) yield steps[next++]!.submission
}

const normal = (device: Device, signed: Signed): Submission => ({
  kind: "message",
  key: Buffer.from(device.did),
  envelope: envelopeOf(signed.bytes),
  label: { honest: true, role: "normal", attack: null, instance: 0, device: device.did, expect: null },
})

interface Injection {
  /** 0..1 of the run: when it begins. */
  readonly start: number
  readonly steps: ReadonlyArray<Step>
}

/** The latest that an injection begins: the rest of the run is for it to unfold at the pace of a device. */
const LATEST_START = 0.1

const injected = (options: PlanOptions, world: World, scale: Scale): ReadonlyArray<Injection> => {
  const all: Injection[] = []
  for (const attack of options.attacks ?? ATTACKS)
    for (let instance = 0; instance < (options.injections ?? 2); instance++) {
      const start = LATEST_START * fraction(options.seed, `start\0${attack.name}\0${instance}`)
      all.push({ start, steps: [...attack.inject(new Scene(world, attack, instance, scale))] })
    }
  return all
}

interface Scheduled {
  /** 0..1 of the run. */
  readonly at: number
  readonly submission: Submission
}

/** All steps of the run in order. The sort is stable, so that steps of one injection keep theirs. */
const scheduled = (injections: ReadonlyArray<Injection>): ReadonlyArray<Scheduled> =>
  injections.flatMap(paced).sort((a, b) => a.at - b.at)

/** Spreads the turns of an injection evenly from its start to the end of the run. */
const paced = ({ start, steps }: Injection): ReadonlyArray<Scheduled> => {
  const turns = steps.filter(({ when }) => when === "turn").length
  let passed = 0
  return steps.flatMap(({ submission, when }) => {
    if (when === "enrolment") return []
    if (when === "turn") passed += 1
    return [{ at: start + ((1 - start) * passed) / (turns + 1), submission }]
  })
}
