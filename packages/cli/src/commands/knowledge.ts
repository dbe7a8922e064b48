/** `assay bundle`, `assay policy` and one command for each other kind: check, sign and activate what a deployment relies on. */

import { dsseSignWith } from "@assay/jose"
import {
  BUNDLE,
  checkPlain,
  endsOf,
  KINDS,
  type Kinds,
  type KnowledgeKind,
  kindOf,
  openItem,
  shortEnds,
} from "@assay/knowledge"
import { readRoots } from "@assay/node/roots"
import { type Active, type RootSet, STAGES, type TrustBundle } from "@assay/trust"
import { choose } from "../choice.ts"
import { LAPSED, NODE_OPTIONS, NodeError, post, refusalOf, whenReady } from "../client.ts"
import { type Arguments, type Command, EXIT, type ExitCode, type Option, UsageError } from "../command.ts"
import { DATA_OPTION } from "../data-option.ts"
import { readInput, writeOutput } from "../files.ts"
import { keyReferences, withKeys } from "../keys.ts"
import { readKnowledgeFile } from "../knowledge-file.ts"
import { type Judged, tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { waitOptions, waitSeconds } from "../wait-option.ts"

/** How often a call that waits says so. */
const PROGRESS_MS = 2_000

/** What became of a signed item that was sent to a node. */
export interface Sent {
  readonly judged: Judged
  readonly active: Active<unknown>
  /** What does not last, one sentence each. */
  readonly warnings: ReadonlyArray<string>
}

const fileOf = (given: Arguments, place: number, what: string): string => {
  const path = given.positionals[place]
  if (path === undefined) throw new UsageError(`name the ${what}`)
  return path
}

interface ReadPlain {
  readonly bytes: Buffer
  readonly body: unknown
  readonly warnings: ReadonlyArray<string>
}

/** @throws UsageError with file, line and key of every error */
const refuse = ({ title }: KnowledgeKind, problems: ReadonlyArray<string>): never => {
  throw new UsageError(`${title} is refused\n${problems.join("\n")}`)
}

/** Reads an unsigned file whole, as the log would at its activation now. @throws UsageError */
const readChecked = async (kind: KnowledgeKind, path: string): Promise<ReadPlain> => {
  const bytes = readInput(path, `the ${kind.name}`)
  const { body, problems, warnings } = checkPlain(kind, bytes, { file: path, at: Date.now() })
  if (body === null) return refuse(kind, problems)
  await refuseUnknownLogic(kind, body, path)
  return { bytes, body, warnings: [...problems, ...warnings] }
}

/**
 * A version of judgement that a node does not have stops it, for any other would judge differently: so it is refused before it
 * is signed or sent. @throws UsageError
 */
const refuseUnknownLogic = async (kind: KnowledgeKind, body: unknown, path: string): Promise<void> => {
  const chosen = kind.chooses?.(body)
  if (chosen === undefined) return
  const known = (await import("../services.ts")).logicVersions() // loads every service
  for (const stage of STAGES)
    if (!known[stage].includes(chosen[stage]))
      throw new UsageError(
        `${path}: logic.${stage}: this Assay judges by ${known[stage].join(", ")}, not by ${chosen[stage]}: update every node first, then the tool that signs`,
      )
}

type Verb = (kind: KnowledgeKind, given: Arguments, output: Output) => ExitCode | Promise<ExitCode>

const check: Verb = async (kind, given, output) => {
  const { body, warnings } = await readChecked(kind, fileOf(given, 1, `${kind.name} file`))
  const { version } = body as { readonly version: number }
  const expires = kind.expiresAt(body)
  const means = kind.plain.explain?.(body) ?? []
  output.result({ item: kind.name, version, expires, warnings, ...(means.length === 0 ? {} : { means }) }, () => {
    for (const line of [...warnings, ...means]) output.say(line)
    output.say(`version ${version}, expires ${new Date(expires).toISOString()}: well formed`)
  })
  return EXIT.ok
}

/** @throws UsageError where what must be signed with it cannot be added */
const completed = ({ plain }: KnowledgeKind, bytes: Uint8Array, path: string): Uint8Array => {
  try {
    return plain.complete?.(bytes) ?? bytes
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${path}: ${error.message}`)
    throw error
  }
}

const signItem: Verb = async (kind, given, output) => {
  const path = fileOf(given, 1, `${kind.name} file`)
  const { bytes, warnings } = await readChecked(kind, path) // what would be refused must not get a signature
  const out = given.required("out")
  const signers = await withKeys(keyReferences(given.required("keys")), async (keys) => {
    writeOutput(out, await dsseSignWith(kind.plain.payloadType, completed(kind, bytes, path), keys))
    return keys.map(({ did }) => did)
  })
  output.result({ item: kind.name, out, signers, warnings }, () => {
    for (const line of warnings) output.say(line)
    output.say(`${out}: signed by ${signers.length}`)
  })
  return EXIT.ok
}

const init: Verb = (kind, given, output) => {
  const text = kind.plain.start!(Date.now())
  const out = given.text("out")
  if (out !== null) writeOutput(out, text)
  output.result({ item: kind.name, out, text }, () => output.say(out === null ? text.trimEnd() : `${out}: written`))
  return EXIT.ok
}

/** A body that nobody signed, or that is of another kind, is a common slip: say which command it is for. */
const hintFor = (kind: KnowledgeKind, body: Buffer): string => {
  if (kind.plain.isForeign) return ""
  const { payload, payloadType } = envelopeOf(body)
  if (payload === null) return `; it is no signed envelope: assay ${kind.name} sign makes one of a plain file`
  const other = Object.values(KINDS).find(({ plain }) => plain.payloadType === payloadType)
  return other === undefined || other.name === kind.name ? "" : `; it holds a ${other.name}: use assay ${other.name}`
}

const envelopeOf = (body: Buffer): { payload: unknown; payloadType: unknown } => {
  try {
    const { payload, payloadType } = JSON.parse(body.toString("utf8")) as { payload?: unknown; payloadType?: unknown }
    return { payload: payload ?? null, payloadType }
  } catch {
    return { payload: null, payloadType: null } // no JSON at all: reported as no envelope
  }
}

/** The signed bundle that names who may sign a kind. @throws UsageError */
const bundleOf = (given: Arguments, roots: RootSet): Active<TrustBundle> => {
  const path = given.required("bundle")
  const opened = openItem(BUNDLE, readInput(path, "the signed bundle"), { roots, bundle: null })
  if ("reasons" in opened) throw new UsageError(`${path}: ${opened.reasons.join(", ")}: ${opened.detail}`)
  return opened.active
}

const open = (kind: KnowledgeKind, given: Arguments) => {
  const path = fileOf(given, 1, `signed ${kind.name}`)
  const body = readInput(path, `the signed ${kind.name}`)
  const roots = readRoots(given.required("roots"), null)
  const opened = openItem(kind, body, { roots, bundle: kind.authority === "bundle" ? bundleOf(given, roots) : null })
  if ("reasons" in opened)
    throw new UsageError(`${path}: ${opened.reasons.join(", ")}: ${opened.detail}${hintFor(kind, body)}`)
  return { body, active: opened.active, subject: opened.subject }
}

const show: Verb = (kind, given, output) => {
  const { active, subject } = open(kind, given)
  const { hash, version, expires, body } = active
  output.result({ item: kind.name, hash, version, expires, ...(subject === "" ? {} : { subject }), body }, () => {
    output.say(`${kind.name} ${hash}${subject === "" ? "" : ` of ${subject}`}`)
    output.say(`version ${version}, expires ${new Date(expires).toISOString()}`)
    output.say(JSON.stringify(body, null, 2))
  })
  return EXIT.ok
}

/**
 * Sends a signed item to the node that the call names, and waits for what the partitions make of it.
 * @throws UsageError where the item is not one that its authority signed; NodeError
 */
export const sendItem = async (
  kind: KnowledgeKind,
  given: Arguments,
  progress: (line: string) => void,
): Promise<Sent> => {
  const { name, mediaType } = kind
  const { body, active, subject } = open(kind, given)
  await refuseUnknownLogic(kind, active.body, given.positionals[1] ?? kind.name)
  const seconds = waitSeconds(given)
  const deadline = Date.now() + (seconds ?? 0) * 1_000
  // A node that is not ready because knowledge has expired waits for just this.
  if (seconds !== null) await whenReady(given, deadline, progress, LAPSED)
  const left = Math.max(1, Math.ceil((deadline - Date.now()) / 1_000))
  const sent = Date.now()
  const waiting = setInterval(
    () => progress(`waiting for every partition to judge the ${name} (${Math.round((Date.now() - sent) / 1_000)} s)`),
    PROGRESS_MS,
  )
  const headers = seconds === null ? {} : { prefer: `wait=${left}` }
  const answer = await post<Judged>(given, `/v1/admin/knowledge/${name}`, mediaType, body, headers).finally(() =>
    clearInterval(waiting),
  )
  if (!answer.ok) throw refusalOf(answer)
  const { accepted, outcomes } = answer.body
  if (accepted === null && seconds !== null)
    throw new NodeError(
      `the ${name} was sent, and not every partition has judged it after ${seconds} s (those that have: ${outcomes.map(({ origin }) => origin.partition).join(", ") || "none"}): see that identity-resolver runs (assay doctor); assay tail audit shows the outcome`,
    )
  const warnings = shortEnds(endsOf(kind, { ...active, subject }), Date.now())
  return { judged: { accepted, outcomes }, active, warnings }
}

const activate: Verb = async (kind, given, output) => {
  const { judged, active, warnings } = await sendItem(kind, given, output.progress)
  const { hash, version } = active
  const item = kind.name
  const code = tellOutcome(
    judged,
    `version ${version} of the ${item}, ${hash}`,
    { item, hash, version, warnings },
    output,
  )
  if (judged.accepted !== false)
    for (const words of warnings) output.say(`${output.colour("warning", "yellow")}: ${words}`)
  return code
}

/** One file is compared with what is in force, and then the devices of that log are named; two with each other. */
const diff: Verb = async (kind, given, output) => {
  const roots = (): RootSet => readRoots(given.required("roots"), null)
  const [, first, second] = given.positionals
  if (first === undefined) throw new UsageError(`name the new ${kind.name} file, or the present one and the new one`)
  const after = readKnowledgeFile(kind, second ?? first, roots)
  const { before, known } =
    second === undefined
      ? await (await import("../present-knowledge.ts")).presentOf(kind, given, roots()) // loads a log engine
      : { before: readKnowledgeFile(kind, first, roots).active, known: null }
  const found = kind.plain.diff!(before.body, after.active.body, known)
  output.result(found.value, () => {
    output.say(`version ${after.active.version} instead of ${before.version}`)
    for (const line of found.lines) output.say(line)
    if (found.lines.length === 0) output.say("nothing changes")
  })
  return EXIT.ok
}

const BUNDLE_OPTION: Readonly<Record<string, Option>> = {
  bundle: { type: "string", value: "FILE", help: "the signed bundle in force, which names who may sign" },
}

/** The command of a kind. */
export const commandOf = (kind: KnowledgeKind): Command => {
  const { name, title, plain } = kind
  const verbs: Record<string, Verb> = {
    check,
    ...(plain.isForeign ? {} : { sign: signItem }),
    show,
    ...(plain.diff === undefined ? {} : { diff }),
    ...(plain.start === undefined ? {} : { init }),
    activate,
  }
  const more = `${plain.diff === undefined ? "" : " | diff [OLD] NEW"}${plain.start === undefined ? "" : " | init [--out FILE]"}`
  return {
    name,
    summary: `check, ${plain.isForeign ? "" : "sign, "}show or activate ${title}`,
    usage: `${name} check FILE${plain.isForeign ? "" : " | sign FILE --keys ... --out FILE"} | show SIGNED | activate SIGNED [--wait]${more}`,
    details: `check reads the ${plain.isForeign ? "signed" : "plain"} file by the rules of an activation now, names file, line and key of every error, and warns of
what does not last. ${plain.isForeign ? "Its issuer signs it." : "sign does the same, and wraps it in a DSSE envelope."} activate exits with 0 where every partition accepted, with 1 and the reason where one refused. With --wait it first waits
until the node answers and is ready, so it may follow the start of a node at once.${plain.diff === undefined ? "" : "\ndiff compares two files, signed or not; with one, it compares what is in force in the log with it, and names the devices."}${plain.start === undefined ? "" : "\ninit writes a file to start from."}`,
    takes: 3,
    options: {
      ...ROOTS_OPTION,
      ...(plain.diff === undefined ? {} : DATA_OPTION),
      ...(kind.authority === "bundle" ? BUNDLE_OPTION : {}),
      keys: { type: "string", value: "FILE[,FILE]", help: "key files that sign" },
      out: { type: "string", value: "FILE", help: "where the file goes" },
      ...NODE_OPTIONS,
      ...waitOptions("activate: wait until the node is ready and every partition has judged"),
    },
    run: async (given, output) => {
      const verb = choose(`assay ${name}`, given.positionals[0], Object.keys(verbs))
      return verbs[verb]!(kind, given, output)
    },
  }
}

/** @throws TypeError where there is no such kind */
export const commandNamed = (name: string, kinds: Kinds = KINDS): Command => {
  const kind = kindOf(kinds, name)
  if (kind === null) throw new TypeError(`there is no kind of knowledge named ${name}`)
  return commandOf(kind)
}
