/**
 * After a command that ends a device's binding to its hardware: the enrolment is shown where the command was recorded, and lets go of
 * the hardware. What the command did to the device itself is done by then.
 */
import { post, refusalOf } from "../client.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import type { Judged } from "../outcome.ts"
import { complain, type Output } from "../output.ts"

/** Verbs after which the hardware of their target may be enrolled for another device. */
const ENDING: ReadonlySet<string> = new Set(["unbind", "transfer", "retire"])

interface Recorded {
  readonly partition: number
  readonly offset: number
}

interface Released {
  readonly device: string
  /** Of the command, ISO 8601. */
  readonly time: string
}

const PATH = "/v1/enrolments/release"
const NOT_FOUND = 404

const wordsOf = ({ partition, offset }: Recorded): string => `${partition}/${offset}`

/** Null where the node enrols nobody. @throws NodeError */
const release = async (given: Arguments, recorded: Recorded): Promise<Released | null> => {
  const answer = await post<Released>(given, PATH, "application/json", Buffer.from(JSON.stringify(recorded)))
  if (answer.ok) return answer.body
  if (answer.status === NOT_FOUND) return null
  throw refusalOf(answer)
}

/**
 * Of a command that was sent.
 * @returns false where operators meant the hardware, and it is still bound: what to do then is said
 */
export const releaseAfter = async (
  given: Arguments,
  verb: string,
  device: string,
  judged: Judged,
): Promise<boolean> => {
  const [done] = judged.outcomes.filter(({ accepted }) => accepted)
  if (!ENDING.has(verb) || judged.accepted !== true || done === undefined) return true
  const recorded = { partition: done.origin.partition, offset: done.recorded }
  const again = `assay device unbind ${device} --recorded ${wordsOf(recorded)} --url NODE`
  try {
    const released = await release(given, recorded)
    // Most deployments enrol no hardware: whoever ends a device's life need not hear of it.
    if (released !== null || verb !== "unbind") return true
    complain(`this node enrols no hardware; tell one that does: ${again}`)
  } catch (cause) {
    complain(`the hardware is still bound: ${(cause as Error).message}; then: ${again}`)
  }
  return verb !== "unbind"
}

/** `assay device unbind DID --recorded PARTITION/OFFSET`: the second half alone. */
export const releaseRecorded = async (given: Arguments, device: string, output: Output): Promise<ExitCode> => {
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(given.required("recorded")) ?? []
  if (partition === undefined)
    throw new UsageError("--recorded takes PARTITION/OFFSET of audit.events, as unbind said it")
  const released = await release(given, { partition: Number(partition), offset: Number(offset) })
  if (released === null) throw new UsageError("this node enrols no hardware: name one that does by --url")
  if (released.device !== device) throw new UsageError(`the command that is recorded there is about ${released.device}`)
  output.result(released, () => output.say(`the hardware of ${device} may be enrolled anew`))
  return EXIT.ok
}
