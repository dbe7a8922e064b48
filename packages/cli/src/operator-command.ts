/** The text of an operator's command, which every operator signs alike, and the tokens that carry it. */
import { readToken } from "@assay/credentials"
import { signClaimsWith } from "@assay/jose"
import { CONTROL_TYP, MAX_LIFETIME_S, splitOpening } from "@assay/knowledge"
import type { DeviceLabel, Revocation, Verb } from "@assay/trust"
import { ask, post, refusalOf } from "./client.ts"
import { type Arguments, UsageError } from "./command.ts"
import { readInput } from "./files.ts"
import { keyReferences, type OpenKey, withKeys } from "./keys.ts"
import type { Judged } from "./outcome.ts"
import { complain } from "./output.ts"

/** An operator command is valid for this long, where the call says nothing else. */
const VALID_SECONDS = 300
const MAX_VALID_MINUTES = MAX_LIFETIME_S / 60
/** Why, where the call does not say. */
const REASONS: Readonly<Partial<Record<Verb, string>>> = {
  erase: "erasure",
  resync: "resync",
  rebaseline: "rebaseline",
}

/** What operators sign together. */
export interface CommandText {
  readonly verb: Verb
  readonly target: string
  readonly reason: string
  /** The trust domain of the deployment. */
  readonly aud: string
  /** The name of the log. */
  readonly log: string
  /** Of resync: SHA-256 of the one-time value, base64url. */
  readonly value?: string
  /** Of rebaseline: sorted, each once. */
  readonly devices?: ReadonlyArray<string>
  /** Of a device's life: SHA-256 of what it rests on, base64url. */
  readonly evidence?: string
  /** Of label. */
  readonly label?: DeviceLabel
  /** Of a revocation that reaches back. */
  readonly revocation?: Omit<Revocation, "part">
}

/** Members that belong to one verb. */
export type More = Pick<CommandText, "value" | "devices" | "evidence" | "label" | "revocation">

const MEMBERS = ["verb", "target", "reason", "aud", "log"] as const
const MORE = ["value", "devices", "evidence", "label", "revocation"] as const

export interface SignedText {
  readonly text: CommandText
  readonly tokens: ReadonlyArray<string>
}

/** What other operators have signed already. */
export interface SignedBefore {
  readonly path: string
  readonly tokens: ReadonlyArray<string>
  /** Of an erasure, one. */
  readonly openings: ReadonlyArray<string>
  readonly text: Record<string, unknown>
}

/**
 * The tokens in the file `--tokens`, one a line; the opening of an erasure may stand among them. Null where none is given.
 * @throws UsageError where one is none, or they differ in their text
 */
export const signedBefore = (given: Arguments): SignedBefore | null => {
  const path = given.text("tokens")
  if (path === null) return null
  const lines = readInput(path, "the tokens").toString("utf8").split("\n")
  const { tokens, openings } = splitOpening(lines.map((line) => line.trim()).filter((line) => line !== ""))
  let text: Record<string, unknown> | null = null
  for (const token of tokens) {
    const read = readToken(token, CONTROL_TYP)
    if ("detail" in read) throw new UsageError(`${path} holds a line that is no signed command: ${read.detail}`)
    const differing = [...MEMBERS, ...MORE].find(
      (member) => text !== null && JSON.stringify(text[member]) !== JSON.stringify(read.payload[member]),
    )
    if (differing !== undefined)
      throw new UsageError(`the tokens in ${path} differ in ${differing}: sign the same text`)
    text ??= read.payload
  }
  if (text === null) throw new UsageError(`${path} holds no token: the same command with --sign-only prints one`)
  return { path, tokens, openings, text }
}

/** The log's name, from the node that the command is for. */
export const askForLog = async (given: Arguments): Promise<string> => {
  const answer = await ask<{ readonly log: string }>(given, "/v1/streams")
  if (!answer.ok) throw refusalOf(answer)
  return answer.body.log
}

/** What the second operator signs is what the first did: whatever the call says besides must say the same. */
const textOf = async (
  given: Arguments,
  verb: Verb,
  target: string,
  first: Record<string, unknown> | null,
  log: string | null,
  more: More,
): Promise<CommandText> => {
  if (first === null) {
    const [aud, reason] = [given.required("aud"), given.text("reason") ?? REASONS[verb] ?? "operator"]
    return { verb, target, reason, aud, log: given.text("log") ?? log ?? (await askForLog(given)), ...more }
  }
  const asked = { verb, target, reason: given.text("reason"), aud: given.text("aud"), log: given.text("log") }
  const differing = MEMBERS.find((member) => asked[member] !== null && asked[member] !== first[member])
  if (differing !== undefined)
    throw new UsageError(
      `the tokens say ${differing} ${JSON.stringify(first[differing])}, and this call ${JSON.stringify(asked[differing])}: operators sign the same text`,
    )
  const said = Object.fromEntries(MEMBERS.map((member) => [member, String(first[member])]))
  for (const member of MORE) if (first[member] !== undefined) Object.assign(said, { [member]: first[member] })
  return said as unknown as CommandText
}

/**
 * One token for each key, besides those that were signed before: all with the same text, each under its operator's own
 * sequence (milliseconds, so it only grows).
 * @param before as `signedBefore` gives it
 * @param log the log's name where it is known already; else `--log` gives it, or the node
 * @param more members that belong to the verb; those of tokens that were signed before count instead
 * @throws UsageError where a key signs twice, or the texts differ
 */
export const signCommand = (
  given: Arguments,
  verb: Verb,
  target: string,
  before: SignedBefore | null,
  log: string | null = null,
  more: More = {},
): Promise<SignedText> =>
  withKeys(keyReferences(given.required("keys")), async (keys) => {
    const text = await textOf(given, verb, target, before?.text ?? null, log, more)
    // Where it is not all of this call, it is the other operator's word: whoever signs sees it, also with --sign-only.
    if (before !== null)
      complain(
        `signed as ${before.path} says: ${verb} of ${text.target}, in the log ${text.log} of ${text.aud}: ${text.reason}`,
      )
    const seconds = given.text("valid") === null ? VALID_SECONDS : 60 * given.whole("valid", 1, MAX_VALID_MINUTES)
    const own = await Promise.all(keys.map((key) => tokenOf(text, key, seconds)))
    return { text, tokens: [...own, ...(before?.tokens ?? [])] }
  })

let used = 0

/** One token under the operator's own sequence: milliseconds, and in one process never the same twice. */
export const tokenOf = async (text: CommandText, key: OpenKey, seconds = VALID_SECONDS): Promise<string> => {
  const now = Date.now()
  used = Math.max(now, used + 1)
  const iat = Math.floor(now / 1000)
  const claims = { iss: key.did, ...text, iat, exp: iat + seconds, seq: used }
  return (await signClaimsWith(claims, key, { kid: key.kid, typ: CONTROL_TYP })).toString("latin1")
}

/** Hands a command to the node. @param elements its tokens, and of an erasure the opening. @throws Error where the node refuses to take it */
export const sendCommand = async (given: Arguments, elements: ReadonlyArray<string>): Promise<Judged> => {
  const body = Buffer.from(JSON.stringify({ tokens: elements }))
  const answer = await post<Judged>(given, "/v1/admin/control", "application/json", body)
  if (!answer.ok) throw refusalOf(answer)
  const { accepted, outcomes } = answer.body
  return { accepted, outcomes }
}
