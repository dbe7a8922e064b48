/** `assay submit FILE|-`: hands signed messages, one a line, to a running node. */
import { createReadStream } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { isCborFailure, splitSequence } from "@assay/cose"
import { readLines } from "@assay/ingress/request"
import { isCose, openMessage } from "@assay/message"
import type { Origin } from "@assay/trust"
import { adviceOn } from "../advice.ts"
import { mayPass, NODE_OPTIONS, NodeError, nodeUrl, post, type Refusal, refusalOf, whenReady } from "../client.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { DATA_OPTION } from "../data-option.ts"
import type { Decided } from "../decisions.ts"
import { fileProblem } from "../files.ts"
import { formatOrigin } from "../origin.ts"
import type { Output } from "../output.ts"
import { waitOptions, waitSeconds } from "../wait-option.ts"

const CHUNK = 500
const MAX_LINE = 1 << 20
/** A file of COSE messages, bytes: it is held whole. */
const MAX_SEQUENCE = 64 << 20
const MOST_OF_SEQUENCE = 1_000_000
/** How often a refused chunk (429, 503) is tried again before we give up. */
const TRIES = 20

interface Taken {
  readonly accepted?: number
  readonly origins?: ReadonlyArray<Origin>
}

/** What is no message at all; whether a message says anything is for the node to judge, with a reason code. */
const NO_MESSAGE: ReadonlySet<string> = new Set(["malformed_jws", "malformed_cose", "too_large"])

/** Why the bytes are no JWS (RFC 7515, section 7.1) and no COSE_Sign1 (RFC 9052, section 4.2), or null. */
const whyNoMessage = (bytes: Uint8Array): string | null => {
  const found = openMessage(bytes)
  return "reason" in found && NO_MESSAGE.has(found.reason) ? found.detail : null
}

/** A line that is no message at all: what stands in it is not repeated, since it may be a key. */
class NotAMessage extends UsageError {}

/** What is handed over in one call of the command, and how far it has come. */
class Handover {
  readonly origins: Array<Origin> = []
  private line = 0
  private chunk: Array<Buffer> = []
  private readonly given: Arguments
  private readonly took: (origin: Origin) => void
  private readonly progress: (line: string) => void

  constructor(given: Arguments, took: (origin: Origin) => void, progress: (line: string) => void) {
    this.given = given
    this.took = took
    this.progress = progress
  }

  /** @throws NotAMessage, and what `flush` does */
  async add(line: Buffer): Promise<void> {
    this.line++
    const why = whyNoMessage(line)
    if (why !== null)
      throw new NotAMessage(
        `message ${this.line} is no JWS (${why}): one compact JWS a line is needed, as assay sign prints it, or a file of COSE messages`,
      )
    this.chunk.push(Buffer.from(line))
    if (this.chunk.length >= CHUNK) await this.flush()
  }

  /** Hands over what is collected, again and again where the node asks for time. @throws NodeError */
  async flush(): Promise<void> {
    for (let attempt = 1; this.chunk.length > 0; attempt++) {
      const isSequence = isCose(this.chunk[0]!)
      const body = Buffer.concat(isSequence ? this.chunk : this.chunk.flatMap((line) => [line, Buffer.from("\n")]))
      const type = isSequence ? "application/cbor-seq" : "application/x-ndjson"
      const answer = await post<Taken>(this.given, "/v1/messages", type, body)
      for (const origin of answer.body.origins ?? []) {
        this.origins.push(origin)
        this.took(origin)
      }
      this.chunk = this.chunk.slice(answer.body.accepted ?? 0)
      if (answer.ok) return
      if (!mayPass(answer) || attempt > TRIES) throw refusalOf(answer)
      const seconds = answer.retryAfterSeconds ?? 1
      this.progress(retryWords(answer.status, answer.body, `${attempt} of ${TRIES} in ${seconds} s`))
      await sleep(seconds * 1000)
    }
  }

  /** What is known of the messages at an error. @param mayBeTaken whether the last call may have arrived all the same */
  state(mayBeTaken: boolean): string {
    const last = this.origins.at(-1)
    const sure =
      last === undefined
        ? "nothing was taken"
        : `${this.origins.length} messages were taken before it, the last as ${formatOrigin(last)}`
    if (!mayBeTaken) return sure
    const rest = last === undefined ? "no message is known to be taken: send all" : `${sure}: send all behind it`
    return `${rest} again (one that is in already is then rejected as identity.replayed, which harms nobody)`
  }
}

const retryWords = (status: number, { error, message }: Refusal, next: string): string =>
  `the node cannot take more now (${status} ${error ?? "unknown"}: ${message ?? "no reason given"}); next try ${next}`

/** Why it was refused, and what became of the messages. */
const failure = (file: string, cause: unknown, handover: Handover): Error => {
  if (cause instanceof NodeError) {
    const { message, mayBeTaken } = cause
    return new NodeError(`${message}; ${handover.state(mayBeTaken)}`, mayBeTaken)
  }
  if (cause instanceof NotAMessage) return new UsageError(`${file}: ${cause.message}; ${handover.state(false)}`)
  return new UsageError(`${file} cannot be read as messages: ${fileProblem(cause)}; ${handover.state(false)}`)
}

/** Lines of text; or, where the first byte begins a COSE_Sign1, a sequence of such messages, which is read whole. @throws NotAMessage */
const messagesFrom = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { first, whole } = await begun(source)
  if (first === null || !isCose(first)) {
    yield* readLines(whole, MAX_LINE)
    return
  }
  const pieces: Array<Buffer> = []
  let length = 0
  for await (const piece of whole) {
    length += piece.length
    if (length > MAX_SEQUENCE) throw new NotAMessage(`a file of COSE messages may have ${MAX_SEQUENCE} bytes: split it`)
    pieces.push(piece)
  }
  const items = splitSequence(Buffer.concat(pieces), MOST_OF_SEQUENCE)
  if (isCborFailure(items)) throw new NotAMessage(`it begins as COSE, and is no sequence of messages: ${items.detail}`)
  for (const item of items) yield Buffer.from(item)
}

/** The first piece that holds a byte, and all of them. */
const begun = async (source: AsyncIterable<Buffer>) => {
  const pieces = source[Symbol.asyncIterator]()
  let first: Buffer | null = null
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    first = next.value
    if (first.length > 0) break
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    if (first !== null) yield first
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  return { first, whole: whole() }
}

const handOver = async (given: Arguments, file: string, output: Output): Promise<ReadonlyArray<Origin>> => {
  const waits = waitSeconds(given) !== null
  const took = (origin: Origin): void => (waits ? undefined : output.say(formatOrigin(origin)))
  const handover = new Handover(given, took, output.progress)
  const source = file === "-" ? process.stdin : createReadStream(file)
  try {
    for await (const message of messagesFrom(source as AsyncIterable<Buffer>)) await handover.add(message)
    await handover.flush()
  } catch (cause) {
    throw failure(file, cause, handover)
  }
  if (handover.origins.length === 0)
    throw new UsageError(`${file} holds no message: one compact JWS a line is needed, as assay sign prints it`)
  return handover.origins
}

const tellDecisions = (decisions: ReadonlyArray<Decided>, output: Output): ExitCode => {
  const advice = adviceOn(decisions, "the messages")
  output.result({ submitted: decisions.length, origins: decisions.map(({ origin }) => origin), decisions }, () => {
    for (const { origin, outcome, reasons } of decisions)
      output.say([origin.padEnd(12), outcome.padEnd(12), reasons.join(", ")].join(" ").trimEnd())
    for (const line of advice) output.say(line)
  })
  return advice.length === 0 ? EXIT.ok : EXIT.failed
}

/** Hands over, then waits for every decision. @throws NodeError where they do not come in time */
const andWait = async (given: Arguments, file: string, seconds: number, output: Output): Promise<ExitCode> => {
  await whenReady(given, Date.now() + seconds * 1_000, output.progress)
  // The log and its engine are loaded for this alone.
  const [{ openForReading }, { decisionEnds, decisionsOf, WATCHED }] = await Promise.all([
    import("../open-log.ts"),
    import("../decisions.ts"),
  ])
  const log = await openForReading(given, { streams: WATCHED })
  try {
    const ends = await decisionEnds(log)
    const origins = await handOver(given, file, output)
    const found = await decisionsOf(log, ends, origins, AbortSignal.timeout(seconds * 1_000), (count) =>
      origins.length > CHUNK ? output.progress(`${count} of ${origins.length} decided`) : undefined,
    )
    const decided = found.filter((one) => one !== null)
    if (decided.length === origins.length) return tellDecisions(decided, output)
    const first = formatOrigin(origins[found.indexOf(null)]!)
    throw new NodeError(
      `${origins.length} messages were taken, and ${origins.length - decided.length} of them are not decided after ${seconds} s, the first of them ${first}: see that all five stages run (assay doctor), and ask again with assay explain ${first}`,
    )
  } finally {
    await log.close()
  }
}

export const submit: Command = {
  name: "submit",
  summary: "hand signed messages to a running node",
  usage: "submit FILE|- [--url URL] [--token TOKEN] [--wait [--data DIR]]",
  details: `One compact JWS a line, or COSE_Sign1 messages one behind the other. Prints the origin of each; assay explain ORIGIN says how it was decided.
With --wait it waits until the node is ready, hands them over, and prints how each was decided and what to do about those
that were withheld (exit code 1). The decisions are read from the log: --data names its directory, with LOG=kafka none.`,
  takes: 1,
  options: {
    ...NODE_OPTIONS,
    ...waitOptions("wait until the node is ready and each message is decided"),
    ...DATA_OPTION,
  },
  run: async (given, output) => {
    const file = given.positionals[0]
    if (file === undefined) throw new UsageError("name the file with the messages, or - for standard input")
    nodeUrl(given) // a bad one is reported before anything is read
    const seconds = waitSeconds(given)
    if (seconds !== null) return andWait(given, file, seconds, output)
    const origins = (await handOver(given, file, output)).map(formatOrigin)
    output.result({ submitted: origins.length, origins }, () => undefined)
    return EXIT.ok
  },
}
