/**
 * Messages of the attack catalogue for a load: as many injections of each attack as it takes, spread evenly over the run.
 *
 * Left out: what is not a message (operators' commands, bundles), and `message-flood`, whose point is a rate above the
 * one that its credential grants; a load grants every device a rate that is never reached.
 */
import { ATTACKS, type Scale, Scene, type Submission, type World } from "@assay/fleet"

type MessageSubmission = Extract<Submission, { kind: "message" }>

const NO_MESSAGES = new Set(["control", "exhaustion"])
const WANTED = ATTACKS.filter(({ category, name }) => !NO_MESSAGES.has(category) || name === "junk-in-name")

/** Smaller than in the demo: one attack should not crowd out the others. */
const SCALE: Scale = { learn: 20, flood: 60, crowd: 60 }

/** Injections under way at the same time: a node meets many attackers at once, each at the pace of a device. */
const SIDE_BY_SIDE = 32

/** Above, ingress refuses a message before anybody judges it. */
const LINE_BYTES = 1 << 20

const isLine = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && bytes.length <= LINE_BYTES && bytes.every((byte) => byte > 0x20 && byte < 0x7f)

export interface AttackMix {
  /** The names of the attacks in it. */
  readonly attacks: ReadonlyArray<string>
  /** Presentations of the devices that attacks are about: to be decided before the run. */
  readonly enrolment: ReadonlyArray<MessageSubmission>
  /** The next message of some attack; null when all are used. */
  next(): MessageSubmission | null
}

/**
 * Signs at least `messages` of them.
 * @param lines leaves out what cannot be one line of text, as HTTP takes messages: bytes that were never a token
 */
export const attackMix = (world: World, messages: number, lines: boolean): AttackMix => {
  const enrolment: Array<MessageSubmission> = []
  const injections: Array<Array<MessageSubmission>> = []
  for (let made = 0, instance = 0; made < messages; instance++) {
    for (const attack of WANTED) {
      const run: Array<MessageSubmission> = []
      for (const { submission, when } of attack.inject(new Scene(world, attack, instance, SCALE))) {
        if (submission.kind !== "message" || (lines && !isLine(submission.envelope.bytes))) continue
        if (when === "enrolment") enrolment.push(submission)
        else run.push(submission)
      }
      made += run.length
      if (run.length > 0) injections.push(run.reverse())
      if (made >= messages) break
    }
  }
  const active = injections.splice(0, SIDE_BY_SIDE)
  let turn = 0
  return {
    attacks: WANTED.map(({ name }) => name),
    enrolment,
    next: () => {
      while (active.length > 0) {
        turn = (turn + 1) % active.length
        const message = active[turn]!.pop()
        if (message !== undefined) return message
        const following = injections.shift()
        if (following === undefined) active.splice(turn, 1)
        else active[turn] = following
      }
      return null
    },
  }
}
