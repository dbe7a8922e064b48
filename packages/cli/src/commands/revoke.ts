/** `assay revoke`: a key, a credential or an issuer turned out bad from a time on, and what relied on it is taken back. */

import { openPart } from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { RelianceIndex } from "@assay/reliance"
import { processEnvironment } from "@assay/settings"
import { logName, type Revocation, type RevocationTotal, signerOf } from "@assay/trust"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import { dataDirOf, openForReading } from "../open-log.ts"
import { type SignedBefore, sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { PLANNING_OPERATOR_OPTIONS } from "../operator-options.ts"
import { revocableWords } from "../operator-words.ts"
import { tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { type Parts, PartsBuilder } from "../revoke/parts.ts"
import { planPartition } from "../revoke/plan.ts"
import { isBegun, sendParts, untilBegun } from "../revoke/send.ts"
import { type Named, namedIn, type Target, targetOn } from "../revoke/target.ts"
import { sinceOf } from "../since.ts"

interface Wanted extends Target {
  /** Milliseconds since 1970. */
  readonly from: number
}

/** An instant, since the call is given again: so long ago would be another time then. @throws UsageError */
const wantedIn = (given: Arguments): { readonly named: Named; readonly from: number } => {
  const text = given.required("from")
  if (!/^\d{4}-/.test(text))
    throw new UsageError(
      `--from takes an instant like 2026-01-31T08:00:00Z, not ${text}: a later call must mean the same time`,
    )
  return { named: namedIn(given), from: sinceOf(text, Date.now(), "from") }
}

interface Planned {
  readonly parts: Parts | null
  readonly total: RevocationTotal
  readonly stand: number
  readonly gone: number
}

const plan = async (given: Arguments, log: Log, wanted: Wanted, output: Output): Promise<Planned> => {
  const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
  const index = RelianceIndex.open(given.required("index"), log)
  await index.follow(log, (decisions) => output.progress(`index: ${decisions} decisions read`))
  const builder = new PartsBuilder(partitionOf(signerOf(wanted.target), log.partitions))
  let [stand, gone] = [0, 0]
  for (let partition = 0; partition < log.partitions; partition++) {
    const planned = await planPartition(log, index, partition, wanted, wanted.from, roots)
    stand += planned.stand
    gone += planned.gone
    builder.add(planned)
  }
  return { parts: builder.finish(log.partitions), total: builder.total, stand, gone }
}

const summary = (wanted: Wanted, { total, stand, gone }: Planned) => ({
  of: wanted.of,
  target: wanted.target,
  from: new Date(wanted.from).toISOString(),
  ...total,
  stand,
  gone,
})

const say = ({ of, target, from }: Wanted, { total, stand, gone }: Planned, output: Output): void => {
  output.say(`${revocableWords(of, target)}, from ${new Date(from).toISOString()}:`)
  output.say(
    `  ${total.decisions} decisions are taken back, in ${total.partitions} partitions; ${total.devices} devices are trusted no more`,
  )
  if (stand > 0) output.say(`  ${stand} decisions stand: another credential of the device covers the message`)
  if (gone > 0) output.say(`  ${gone} decisions are left out: their records are no longer kept`)
}

const revocationOf = ({ of, from }: Wanted, parts: Parts | null): Omit<Revocation, "part"> => ({
  of,
  from,
  list: parts?.list ?? null,
})

/** The command by itself: from here on it counts no more. */
const begin = async (given: Arguments, log: Log, wanted: Wanted, output: Output): Promise<ExitCode> => {
  const more = { revocation: revocationOf(wanted, null) }
  const { tokens } = await signCommand(given, "revoke", wanted.target, null, logName(log), more)
  if (given.flag("sign-only")) {
    output.result({ tokens, parts: 0 }, () => output.say(tokens.join("\n")))
    output.progress("this revokes it; call it again when the command is accepted, for what relied on it")
    return EXIT.ok
  }
  const judged = await sendCommand(given, tokens)
  // Of a call that goes on the result is what was taken back.
  const each: Output = judged.accepted === false ? output : { ...output, result: (_value, people) => people() }
  const code = tellOutcome(judged, `${revocableWords(wanted.of, wanted.target)} revoked`, {}, each)
  if (code === EXIT.ok) await untilBegun(log, wanted, wanted.from)
  return code
}

/** What relied on it: in one list, which the operators sign together. */
const takeBack = async (given: Arguments, log: Log, wanted: Wanted, output: Output): Promise<ExitCode> => {
  const started = Date.now()
  const planned = await plan(given, log, wanted, output)
  const { parts } = planned
  if (parts === null) {
    output.result(summary(wanted, planned), () => output.say("it is revoked, and nothing is left that relied on it"))
    return EXIT.ok
  }
  const more = { revocation: revocationOf(wanted, parts) }
  const { tokens } = await signCommand(given, "revoke", wanted.target, null, logName(log), more)
  if (given.flag("sign-only")) {
    const path = given.required("parts")
    writeOutput(path, parts.openings.flat().join("\n"))
    output.result({ tokens, parts: parts.openings.flat().length }, () => output.say(tokens.join("\n")))
    output.progress(`the list is in ${path}: the other operator gives it as --parts FILE`)
    return EXIT.ok
  }
  await handIn(given, tokens, parts, output)
  const tookMs = Date.now() - started
  output.result({ ...summary(wanted, planned), tookMs }, () => {
    say(wanted, planned, output)
    output.say(`done in ${Math.round(tookMs / 1000)} s`)
  })
  return EXIT.ok
}

const handIn = async (given: Arguments, tokens: ReadonlyArray<string>, parts: Parts, output: Output): Promise<void> => {
  const judged = await sendCommand(given, tokens)
  if (judged.accepted !== true)
    throw new Error(
      `the list was not accepted (${judged.outcomes.flatMap(({ reasons }) => reasons).join(", ") || "not judged yet"})`,
    )
  await sendParts(given, tokens, parts, output)
}

/** The list that was signed before, as the file holds it. @throws UsageError where it is another one */
const partsIn = (path: string, { heads, decisions }: NonNullable<Revocation["list"]>): Parts => {
  const openings: Array<Array<string>> = heads.map(() => [])
  const next = [...heads]
  let home = 0
  for (const line of readInput(path, "the list")
    .toString("utf8")
    .split("\n")
    .filter((text) => text !== "")) {
    const part = openPart(line)
    if (part === null || part.partition >= heads.length || next[part.partition] !== part.hash)
      throw new UsageError(
        `${path} is not the list that was signed: give the file that --sign-only wrote with these tokens`,
      )
    next[part.partition] = part.next
    openings[part.partition]!.push(line)
    if (part.total !== null) home = part.partition
  }
  if (next.some((left) => left !== null)) throw new UsageError(`${path} ends before the list that was signed does`)
  return { list: { heads, decisions }, openings, home }
}

/** What the first operator asked for: the second signs the same. */
const join = async (given: Arguments, before: SignedBefore, output: Output): Promise<ExitCode> => {
  const { target, revocation } = before.text as {
    readonly target: string
    readonly revocation?: Omit<Revocation, "part">
  }
  if (revocation === undefined) throw new UsageError(`${before.path} holds no revocation that reaches back`)
  const parts = revocation.list === null ? null : partsIn(given.required("parts"), revocation.list)
  const { tokens } = await signCommand(given, "revoke", target, before)
  if (given.flag("sign-only")) {
    output.result({ tokens }, () => output.say(tokens.join("\n")))
    return EXIT.ok
  }
  const what = `${revocableWords(revocation.of, target)} revoked, from ${new Date(revocation.from).toISOString()}`
  if (parts === null) return tellOutcome(await sendCommand(given, tokens), what, {}, output)
  await handIn(given, tokens, parts, output)
  output.result({ target, decisions: parts.list.decisions }, () =>
    output.say(`${what}: ${parts.list.decisions} decisions are taken back`),
  )
  return EXIT.ok
}

export const revoke: Command = {
  name: "revoke",
  summary: "revoke a key, a credential or an issuer from a time on, and take back what relied on it",
  usage:
    "revoke --key DID[#NAME] | --credential HASH|FILE | --issuer DID[#NAME] --from TIME --index DIR [--keys FILE,FILE --aud URI]",
  details: `Without --keys it only says what would be taken back. With keys it is revoked first, in every partition, and counts no more from there on; then
the decisions since --from that relied on it get a superseding one: quarantined, on telemetry.revoked.v1 and in the audit record, for
every sink. Devices that were trusted by it are watched, so that their passports are withdrawn. A decision stands where another credential of the device covers
the message. One incident has the counts and how long it took.
Of a DID with a document, DID#NAME is one key of it, as the documents on this log have it: of a device or gateway with --key, of an issuer with
--issuer. What other keys have signed stands. DID#did:key:... names the key by itself, where a name was that of several.
--index is a directory beside the log that says what each decision relied on: it is brought up to date by each call, and can be removed.
Two operators with the right revoke sign: both keys here, or one with --sign-only and --parts FILE, whose lines the other gives as --tokens FILE
with the same --parts FILE; once for the command, and once more for the list.`,
  takes: 0,
  options: {
    key: { type: "string", value: "DID[#NAME]", help: "the device whose key is bad, or one key of its document" },
    credential: {
      type: "string",
      value: "HASH|FILE",
      help: "the credential that is bad: the file, or its hash as verdicts name it",
    },
    issuer: {
      type: "string",
      value: "DID[#NAME]",
      help: "the issuer whose credentials are bad, or one key of its document",
    },
    from: {
      type: "string",
      value: "TIME",
      help: "since when: an instant by ISO 8601, for example 2026-01-31T08:00:00Z",
    },
    index: { type: "string", value: "DIR", help: "where the index is kept" },
    parts: { type: "string", value: "FILE", help: "the list, between two operators" },
    ...PLANNING_OPERATOR_OPTIONS,
  },
  run: async (given, output) => {
    const before = signedBefore(given)
    if (before !== null) return join(given, before, output)
    const { named, from } = wantedIn(given)
    const log = await openForReading(given)
    try {
      const wanted: Wanted = { ...(await targetOn(log, named)), from }
      if (given.text("keys") === null) {
        const planned = await plan(given, log, wanted, output)
        output.result(summary(wanted, planned), () => say(wanted, planned, output))
        return EXIT.ok
      }
      given.required("index")
      if (!(await isBegun(log, partitionOf(signerOf(wanted.target), log.partitions), wanted, wanted.from))) {
        const code = await begin(given, log, wanted, output)
        if (code !== EXIT.ok || given.flag("sign-only")) return code
      }
      return await takeBack(given, log, wanted, output)
    } finally {
      await log.close()
    }
  },
}
