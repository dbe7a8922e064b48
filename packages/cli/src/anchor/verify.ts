/** `assay anchor verify`: message -> leaf -> checkpoint -> anchor log -> block header, for somebody who trusts none of us. */
import { AnchorError, originIn, type ProvenAnchored, verifyAnchoredFile } from "@assay/anchor"
import { isMemberFile } from "@assay/anchor/members"
import { withoutLineEnd } from "@assay/jose"
import { isCose, openMessage } from "@assay/message"
import { NoteError, type VerifierKey } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { formatOrigin } from "../origin.ts"
import type { Output } from "../output.ts"
import { byAnyKey, keysOf, logKeysIn, readKeys } from "../verifier-keys.ts"
import { verifyMember } from "./member.ts"
import type { BlockCheck } from "./own-node.ts"
import { checkPlaces, placesOf, showPlaces } from "./places.ts"

/** Whether the decision is on this message. @throws UsageError where the file holds none */
const checkMessage = (path: string, { event }: ProvenAnchored): BlockCheck => {
  const input = readInput(path, "the message")
  const message = openMessage(isCose(input) ? input : withoutLineEnd(input))
  if ("reason" in message) throw new UsageError(`${path} is no message: ${message.detail}`)
  const digest = message.digest.toString("base64url")
  const known = event.event?.digest ?? null
  if (known === digest) return { ok: true, text: `the message of ${path} is the one that was decided` }
  const text =
    known === null ? "the event names no message" : `the decision is on the message ${known}, not on ${digest}`
  return { ok: false, text }
}

const verifyEvent = async (
  given: Arguments,
  text: string,
  anchorKey: VerifierKey,
  output: Output,
): Promise<boolean> => {
  const places = placesOf(given)
  const keys = readKeys(given.required("key"))
  const proven = byAnyKey(keysOf(keys, originIn(text)), (key) => verifyAnchoredFile(text, key, anchorKey))
  const message = given.text("message")
  const placed = await checkPlaces(proven.anchors, places)
  const checks = [...(message === null ? [] : [checkMessage(message, proven)]), ...placed.checks]
  const valid = checks.every(({ ok }) => ok)
  const { event, checkpoint } = proven
  const facts = {
    event: formatOrigin(event.said.origin),
    kind: event.said.kind,
    outcome: event.said.outcome,
    time: new Date(event.said.time).toISOString(),
    leaf: event.leaf,
    checkpoint: { origin: checkpoint.origin, size: checkpoint.size },
    anchors: placed.facts,
    checks,
  }
  output.result({ valid, ...facts }, () => {
    output.say(valid ? output.colour("valid", "green") : output.colour("NOT VALID", "red"))
    output.say(`the ${facts.kind} on ${facts.event}: ${facts.outcome ?? "no outcome"}, at ${facts.time}`)
    output.say(`  is leaf ${event.leaf} of the ${checkpoint.size} that ${checkpoint.origin} signed`)
    showPlaces({ ...placed, checks }, output)
  })
  return valid
}

export const verify = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const path = given.positionals[1]
  if (path === undefined) throw new UsageError("name the file: assay anchor verify FILE --anchor-key KEY ...")
  const text = readInput(path, "the proof").toString("utf8")
  const [anchorKey] = logKeysIn(readKeys(given.required("anchor-key")))
  if (anchorKey === undefined) throw new UsageError("--anchor-key holds no key")
  try {
    const check = isMemberFile(text) ? verifyMember : verifyEvent
    return (await check(given, text, anchorKey, output)) ? EXIT.ok : EXIT.failed
  } catch (cause) {
    if (!(cause instanceof NoteError || cause instanceof AnchorError)) throw cause
    output.result({ valid: false, reason: cause.message }, () =>
      output.say(`${output.colour("NOT VALID", "red")}: ${cause.message}`),
    )
    return EXIT.failed
  }
}
