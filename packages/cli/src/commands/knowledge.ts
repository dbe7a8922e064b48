/** `assay bundle` and `assay policy`: check, sign and activate what a deployment relies on. */
import { BUNDLE_TYPE, openBundle, parseBundle } from "@assay/credentials"
import { dsseSign } from "@assay/jose"
import { readRoots } from "@assay/node/roots"
import {
  containment,
  diffPolicies,
  formatProblem,
  openPolicy,
  POLICY_PAYLOAD_TYPE,
  parsePolicy,
} from "@assay/segmentation"
import { NODE_OPTIONS, NodeError, post, refusalOf, whenReady } from "../client.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import { readKey } from "../keys.ts"
import { type Judged, tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { waitOptions, waitSeconds } from "../wait-option.ts"

type Item = "bundle" | "policy"

/** How often a call that waits says so. */
const PROGRESS_MS = 2_000

/** What became of a signed item that was sent to a node. */
export interface Sent {
  readonly judged: Judged
  readonly active: ReturnType<typeof open>["active"]
}

const fileOf = (given: Arguments, place: number, what: string): string => {
  const path = given.positionals[place]
  if (path === undefined) throw new UsageError(`name the ${what}`)
  return path
}

/** Reads an unsigned file whole. @throws UsageError with file, line and key of every error */
const readPlain = (item: Item, path: string): { version: number; expires: number; warnings: ReadonlyArray<string> } => {
  const bytes = readInput(path, `the ${item}`)
  if (item === "policy") {
    const { policy, problems } = parsePolicy(bytes.toString("utf8"), { file: path, at: Date.now() })
    const lines = problems.map(formatProblem)
    if (policy === null) throw new UsageError(`the policy is refused\n${lines.join("\n")}`)
    return { ...policy, warnings: lines }
  }
  const bundle = parseBundle(bytes)
  if ("errors" in bundle) {
    const lines = bundle.errors.map(
      ({ path: key, message, line }) => `${path}${line === undefined ? "" : `:${line}`}: error: ${key}: ${message}`,
    )
    throw new UsageError(`the trust bundle is refused\n${lines.join("\n")}`)
  }
  return { ...bundle, warnings: [] }
}

const check = (item: Item, given: Arguments, output: Output): ExitCode => {
  const { version, expires, warnings } = readPlain(item, fileOf(given, 1, `${item} file`))
  output.result({ item, version, expires, warnings }, () => {
    for (const warning of warnings) output.say(warning)
    output.say(`version ${version}, expires ${new Date(expires).toISOString()}: well formed`)
  })
  return EXIT.ok
}

const signItem = (item: Item, given: Arguments, output: Output): ExitCode => {
  const path = fileOf(given, 1, `${item} file`)
  readPlain(item, path) // an unreadable one must not get a signature
  const signers = given
    .required("keys")
    .split(",")
    .map((file) => readKey(file))
  const out = given.required("out")
  writeOutput(
    out,
    dsseSign(item === "bundle" ? BUNDLE_TYPE : POLICY_PAYLOAD_TYPE, readInput(path, `the ${item}`), signers),
  )
  output.result({ item, out, signers: signers.map(({ did }) => did) }, () =>
    output.say(`${out}: signed by ${signers.length}`),
  )
  return EXIT.ok
}

/** A body that nobody signed, or that is the other item, is a common slip: say which command it is for. */
const hintFor = (item: Item, body: Buffer): string => {
  const { payload, payloadType } = envelopeOf(body)
  if (payload === null) return `; it is no signed envelope: assay ${item} sign makes one of a plain file`
  const other = item === "bundle" ? ([POLICY_PAYLOAD_TYPE, "policy"] as const) : ([BUNDLE_TYPE, "bundle"] as const)
  return payloadType === other[0] ? `; it holds a ${other[1]}: use assay ${other[1]}` : ""
}

const envelopeOf = (body: Buffer): { payload: unknown; payloadType: unknown } => {
  try {
    const { payload, payloadType } = JSON.parse(body.toString("utf8")) as { payload?: unknown; payloadType?: unknown }
    return { payload: payload ?? null, payloadType }
  } catch {
    return { payload: null, payloadType: null } // no JSON at all: told as no envelope
  }
}

const open = (item: Item, given: Arguments) => {
  const path = fileOf(given, 1, `signed ${item}`)
  const body = readInput(path, `the signed ${item}`)
  const roots = readRoots(given.required("roots"), null)
  const opened = item === "bundle" ? openBundle(body, roots) : openPolicy(body, roots)
  if ("reasons" in opened)
    throw new UsageError(`${path}: ${opened.reasons.join(", ")}: ${opened.detail}${hintFor(item, body)}`)
  return { body, active: opened.active }
}

const show = (item: Item, given: Arguments, output: Output): ExitCode => {
  const { active } = open(item, given)
  output.result(
    { item, hash: active.hash, version: active.version, expires: active.expires, body: active.body },
    () => {
      output.say(`${item} ${active.hash}\nversion ${active.version}, expires ${new Date(active.expires).toISOString()}`)
      output.say(JSON.stringify(active.body, null, 2))
    },
  )
  return EXIT.ok
}

/**
 * Sends a signed item to the node that the call names, and waits for what the partitions make of it.
 * @throws UsageError where the item is not one that the roots signed; NodeError
 */
export const sendItem = async (item: Item, given: Arguments, progress: (line: string) => void): Promise<Sent> => {
  const { body, active } = open(item, given)
  const seconds = waitSeconds(given)
  const deadline = Date.now() + (seconds ?? 0) * 1_000
  if (seconds !== null) await whenReady(given, deadline, progress)
  const left = Math.max(1, Math.ceil((deadline - Date.now()) / 1_000))
  const sent = Date.now()
  const waiting = setInterval(
    () => progress(`waiting for every partition to judge the ${item} (${Math.round((Date.now() - sent) / 1_000)} s)`),
    PROGRESS_MS,
  )
  const answer = await post<Judged>(
    given,
    `/v1/admin/knowledge/${item}`,
    "application/vnd.dsse.envelope+json",
    body,
    seconds === null ? {} : { prefer: `wait=${left}` },
  ).finally(() => clearInterval(waiting))
  if (!answer.ok) throw refusalOf(answer)
  const { accepted, outcomes } = answer.body
  if (accepted === null && seconds !== null)
    throw new NodeError(
      `the ${item} was sent, and not every partition has judged it after ${seconds} s (those that have: ${outcomes.map(({ origin }) => origin.partition).join(", ") || "none"}): see that identity-resolver runs (assay doctor); assay tail audit shows the outcome`,
    )
  return { judged: { accepted, outcomes }, active }
}

const activate = async (item: Item, given: Arguments, output: Output): Promise<ExitCode> => {
  const { judged, active } = await sendItem(item, given, output.progress)
  const { hash, version } = active
  return tellOutcome(judged, `version ${version} of the ${item}, ${hash}`, { item, hash, version }, output)
}

const policyOf = (path: string) => {
  const { policy, problems } = parsePolicy(readInput(path, "a policy").toString("utf8"), { file: path })
  if (policy === null) throw new UsageError(problems.map(formatProblem).join("\n"))
  return policy
}

const diff = (given: Arguments, output: Output): ExitCode => {
  const before = policyOf(fileOf(given, 1, "present policy file"))
  const after = policyOf(fileOf(given, 2, "new policy file"))
  const found = {
    diff: diffPolicies(before, after),
    containment: { before: containment(before), after: containment(after) },
  }
  output.result(found, () => output.say(JSON.stringify(found, null, 2)))
  return EXIT.ok
}

const command = (item: Item, what: string, more: string): Command => ({
  name: item,
  summary: `check, sign, show or activate ${what}`,
  usage: `${item} check FILE | sign FILE --keys ... --out FILE | show SIGNED | activate SIGNED [--wait]${more}`,
  details: `check reads the plain file and names file, line and key of every error. sign wraps it in a DSSE envelope.
activate exits with 0 where every partition accepted, with 1 and the reason where one refused. With --wait it first waits
until the node answers and is ready, so it may follow the start of a node at once.`,
  takes: 3,
  options: {
    ...ROOTS_OPTION,
    keys: { type: "string", value: "FILE[,FILE]", help: "key files of the roots that sign" },
    out: { type: "string", value: "FILE", help: "where the signed envelope goes" },
    ...NODE_OPTIONS,
    ...waitOptions("activate: wait until the node is ready and every partition has judged"),
  },
  run: async (given, output) => {
    const verb = given.positionals[0]
    if (verb === "check") return check(item, given, output)
    if (verb === "sign") return signItem(item, given, output)
    if (verb === "show") return show(item, given, output)
    if (verb === "activate") return activate(item, given, output)
    if (verb === "diff" && item === "policy") return diff(given, output)
    throw new UsageError(
      `assay ${item} takes check, sign, show${item === "policy" ? ", diff" : ""} or activate, not ${JSON.stringify(verb ?? "")}`,
    )
  },
})

export const bundle = command("bundle", "the trust bundle", "")
export const policy = command("policy", "the segmentation policy", " | diff OLD NEW")
