/** `assay explain MESSAGE`: every verdict, reason and knowledge hash, as text. `--code CODE`: a reason code. */

import { type Found, findByOrigin, recordHash, toRawEntry } from "@assay/engine"
import { ForbiddenError, type Log } from "@assay/log"
import { decodeAssayed, decodeAudit, decodeRejected, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  type AssayedMessage,
  type AuditEvent,
  isDelegated,
  type Origin,
  SERVICE_NAMES,
  STAGES,
  signerOf,
} from "@assay/trust"
import { escapeControls } from "@assay/trust/kit"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { controlEntry } from "../explain/control-entry.ts"
import { explainReason, reasonLine, reasonPage, remedyOf } from "../explain/reason.ts"
import { DATA_OPTION, openForReading, recordsOf } from "../open-log.ts"
import { revocationWords } from "../operator-words.ts"
import { formatOrigin, parseOrigin } from "../origin.ts"
import type { Output } from "../output.ts"

const DECIDED = [STREAMS.verified, STREAMS.quarantined] as const
/** Where the answer may stand; what was submitted is looked at only where it stands in none of these. */
const SEARCHED = [...DECIDED, STREAMS.annotated, STREAMS.rejected, STREAMS.undecided, STREAMS.audit]

const sayReasons = (codes: ReadonlyArray<string>, output: Output): void => {
  for (const code of codes) {
    output.say(`      ${reasonLine(code)}`)
    const remedy = remedyOf(code)
    if (remedy !== null) output.say(`        to do: ${remedy}`)
  }
}

/** The message wherever it was decided. `annotated` also carries released copies, so it is not ordered: it is read through. */
const findDecided = async (log: Log, origin: Origin): Promise<Found | null> => {
  for (const stream of DECIDED) {
    const found = await findByOrigin(log, stream, origin)
    if (found !== null) return found
  }
  const found = await findByOrigin(log, STREAMS.annotated, origin)
  if (found?.message.decision?.kind === "original") return found
  for await (const record of recordsOf(log, STREAMS.annotated, origin.partition)) {
    const message = readable(() => decodeAssayed(record.value))
    if (message?.origin.offset === origin.offset && message.decision?.kind === "original") return { record, message }
  }
  return null
}

/** A record that is kept raw on `stream`: rejected or undecided. */
const findRaw = async (log: Log, stream: string, origin: Origin) => {
  for await (const record of recordsOf(log, stream, origin.partition)) {
    const rejected = readable(() => decodeRejected(record.value))
    if (rejected?.origin.offset === origin.offset) return rejected
  }
  return null
}

/** What the audit stream says of a message: its original decision, and those that came after it (a release, a revocation). */
const decisionsOn = async (log: Log, origin: Origin) => {
  let original: AuditEvent | null = null
  let command: AuditEvent | null = null
  const later: Array<AuditEvent> = []
  const words: Array<string | null> = []
  for await (const { value } of recordsOf(log, STREAMS.audit, origin.partition)) {
    const event = readable(() => decodeAudit(value))
    if (event?.kind === "control") command = event
    if (event?.kind !== "decision") continue
    if (event.decision?.supersedes?.offset === origin.offset) {
      later.push(event)
      words.push(command?.origin.offset === event.origin.offset ? revocationWords(command) : null)
    } else if (event.origin.offset === origin.offset && event.decision?.kind === "original") original ??= event
  }
  return { original, later, words }
}

/** Why the record is not what was decided, or null. Somebody who may write to the stream can have put it there. */
const whyNotDecided = ({ record: { value } }: Found, original: AuditEvent | null): string | null => {
  const check = "assay verify --streams tells what else differs"
  if (original === null) return `the audit record holds no decision on it: somebody put it there; ${check}`
  const { decision, record } = original
  if (record !== null && Buffer.compare(recordHash(value), record) === 0) return null
  return `this record is not the one of its decision, which is ${decision?.outcome} for ${decision?.reasons.join(", ") || "no reason"}: somebody changed it; ${check}`
}

/** What stands at an origin that no decision names, as text. */
const entryAt = async (log: Log, { partition, offset }: Origin): Promise<string> => {
  const at = { stream: STREAMS.submitted, partition }
  const { start, end } = await log.bounds(at)
  if (offset >= end) return `does not exist: partition ${partition} ends before ${end}`
  if (offset < start) return `is no longer kept: partition ${partition} begins at ${start}`
  const [record] = await log.read(at, offset, 1, 1)
  if (record?.offset !== offset) return "holds no entry"
  const { kind } = toRawEntry(record, true, log.epoch, partition, 0)
  if (kind === "message") return "is a message that is not decided yet"
  if (kind === "control") return controlEntry(log, { epoch: log.epoch, partition, offset }, record)
  return `is no message: it is ${kind === "unreadable" ? "an entry that nobody can read" : `${kind === "admission" ? "an" : "a"} ${kind} entry`}; assay tail audit shows what came of it`
}

/** A sink may not read what was submitted. */
const notAllowed = (cause: unknown): string => {
  if (!(cause instanceof ForbiddenError)) throw cause
  return `is not decided, or no longer kept; what was submitted there is not for this principal: ${cause.message}`
}

const sayMessage = (message: AssayedMessage, output: Output): void => {
  const { claims, decision } = message
  output.say(
    `${formatOrigin(message.origin)}  ${output.colour(decision?.outcome ?? "undecided", decision?.outcome === "verified" ? "green" : "yellow")}`,
  )
  output.say(`  device    ${claims?.iss}`)
  if (claims !== null && isDelegated(claims.iss)) output.say(`  signed by its gateway, ${signerOf(claims.iss)}`)
  output.say(
    `  said      ${claims?.kind === "message" ? `${claims.act} to ${claims.aud}, epoch ${claims.epo}, counter ${claims.seq}` : `${claims?.kind} to ${claims?.aud}`}`,
  )
  output.say(
    `  received  ${new Date(message.time).toISOString()} by ${message.envelope.binding}, ${message.envelope.bytes.length} bytes`,
  )
  output.say(`  trust     ${decision?.trust} before this message, reputation ${decision?.reputation?.toFixed(3)}`)
  for (const stage of STAGES) {
    const verdict = message.verdicts[stage]
    if (verdict === null) continue
    output.say(
      `  ${SERVICE_NAMES[stage].padEnd(24)}${verdict.outcome}  (assurance ${verdict.assurance}, logic ${verdict.logic})`,
    )
    sayReasons(verdict.reasons, output)
    for (const code of verdict.observed) output.say(`      observed only: ${reasonLine(code)}`)
    for (const { kind, value, source } of verdict.obligations) output.say(`      ${source} demands ${kind} ${value}`)
    for (const hash of verdict.knowledge) output.say(`      relied on ${hash}`)
    if (verdict.detail !== null) output.say(`      ${escapeControls(verdict.detail)}`)
  }
}

const explainCode = (code: string, { positionals }: Arguments, output: Output): ExitCode => {
  if (positionals.length > 0) throw new UsageError("give a MESSAGE or --code CODE, not both")
  const found = explainReason(code)
  output.result(found, () => {
    for (const line of reasonPage(found)) output.say(line)
  })
  return EXIT.ok
}

export const explain: Command = {
  name: "explain",
  summary: "explain how a message was decided, and by what knowledge; or a reason code",
  usage: "explain MESSAGE [--data DIR] | --code CODE",
  details: `MESSAGE is the origin that submit printed: epoch/partition/offset, for example 0/0/42. --code explains a reason code
without a log: what it says, how severe it is, about whom, and what to do.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    code: { type: "string", value: "CODE", help: "a reason code, for example identity.replayed" },
  },
  run: async (given, output) => {
    const code = given.text("code")
    if (code !== null) return explainCode(code, given, output)
    const log = await openForReading(given, { streams: SEARCHED })
    try {
      const origin = parseOrigin(given.positionals[0], log)
      const found = await findDecided(log, origin)
      const message = found?.message ?? null
      const rejected = message === null ? await findRaw(log, STREAMS.rejected, origin) : null
      const undecided = message === null && rejected === null ? await findRaw(log, STREAMS.undecided, origin) : null
      const { original, later, words } = await decisionsOn(log, origin)
      const problem = found === null ? null : whyNotDecided(found, original)
      if (message === null && rejected === null && undecided === null) {
        const what = await entryAt(log, origin).catch(notAllowed)
        output.result({ origin, found: false, entry: what }, () => output.say(`${formatOrigin(origin)} ${what}`))
        return EXIT.failed
      }
      const plain = (_key: string, value: unknown): unknown =>
        value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : value
      output.result(
        JSON.parse(JSON.stringify({ origin, found: true, problem, message, rejected, undecided, later }, plain)),
        () => {
          if (problem !== null) output.say(`${output.colour("NOT WHAT WAS DECIDED", "red")}: ${problem}`)
          if (message !== null) sayMessage(message, output)
          if (rejected !== null) {
            output.say(
              `${formatOrigin(origin)}  ${output.colour("rejected", "red")}: never authenticated, so it touched no device`,
            )
            output.say(`  handed in by  ${escapeControls(rejected.principal ?? "nobody who is known")}`)
            output.say(
              `  signed        ${rejected.signed ? "rightly, by the issuer that it names" : "not as it is here by the issuer that it names"}`,
            )
            sayReasons(rejected.reasons, output)
            if (rejected.detail !== null) output.say(`      ${escapeControls(rejected.detail)}`)
          }
          if (undecided !== null) {
            output.say(
              `${formatOrigin(origin)}  ${output.colour("undecided", "yellow")}: Assay itself failed at it, so nobody is charged with it`,
            )
            sayReasons(undecided.reasons, output)
            if (undecided.detail !== null) output.say(`      ${escapeControls(undecided.detail)}`)
          }
          for (const [nth, event] of later.entries()) {
            const why = words[nth] == null ? "" : `, since ${words[nth]}`
            output.say(
              `  later     ${event.decision?.kind}: ${event.decision?.outcome} at ${formatOrigin(event.origin)}${why}`,
            )
            sayReasons(event.decision?.reasons ?? [], output)
          }
        },
      )
      return problem === null ? EXIT.ok : EXIT.failed
    } finally {
      await log.close()
    }
  },
}
