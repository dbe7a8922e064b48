/** `assay anchor member`: what a device carries beside its passport, or what is shown of firmware, and what it proves. */
import { formatMemberFile, memberFileOf, type ProvenMember, verifyMemberFile } from "@assay/anchor/members"
import { withoutLineEnd } from "@assay/jose"
import { isCose } from "@assay/message"
import { readRoots } from "@assay/node/roots"
import { isRefused, openPassport, openSlice } from "@assay/passport"
import type { VerifierKey } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import type { Output } from "../output.ts"
import { referenceMember, setsDirectory } from "./identities.ts"
import type { BlockCheck } from "./own-node.ts"
import { checkPlaces, placesOf, showPlaces } from "./places.ts"
import { evidenceIn, openAnchorLog } from "./state.ts"

/** Who or what the proof is to be about. @throws UsageError */
const memberOf = (given: Arguments): string => {
  const [device, references] = [given.positionals[1], given.text("references")]
  if (device === undefined && references !== null)
    return referenceMember(readInput(references, "the signed reference values"))
  if (device === undefined || !device.startsWith("did:") || references !== null)
    throw new UsageError("name one member: assay anchor member DID, or --references FILE, with --state DIR --out FILE")
  return device
}

/** What a member is called in results, as in its file. */
const named = (about: string): { readonly device: string } | { readonly item: string } =>
  about.startsWith("did:") ? { device: about } : { item: about }

export const member = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const about = memberOf(given)
  const [dir, out] = [given.required("state"), given.required("out")]
  const file = await memberFileOf(await openAnchorLog(dir), setsDirectory(dir), about, evidenceIn(dir))
  if (file === null) {
    output.result({ ...named(about), set: null }, () =>
      output.say(
        `${about} is in no set that is anchored (yet): does assay anchor run have --identities or --firmware?`,
      ),
    )
    return EXIT.failed
  }
  writeOutput(out, formatMemberFile(file))
  const { set, anchors } = file
  output.result({ ...named(about), set, anchors: anchors.length, out }, () =>
    output.say(`${out}: ${about} is in the set ${set}, anchored ${anchors.length} times`),
  )
  return EXIT.ok
}

/**
 * Whether the passport is the device's, and a slice that the roots signed names its signer.
 * @param now milliseconds since 1970
 * @throws UsageError where --slice or --roots is missing
 */
export const checkPassport = async (
  given: Arguments,
  path: string,
  device: string,
  now: number,
): Promise<BlockCheck> => {
  const pins = readRoots(given.required("roots"), null)
  const slice = await openSlice(readInput(given.required("slice"), "the policy slice"), pins, null)
  if (isRefused(slice)) return { ok: false, text: `the slice is refused: ${slice.reason}` }
  const bytes = readInput(path, "the passport")
  const passport = await openPassport(isCose(bytes) ? bytes : withoutLineEnd(bytes), slice)
  if (isRefused(passport)) return { ok: false, text: `the passport is refused: ${passport.reason}` }
  const until = new Date(passport.exp * 1_000).toISOString()
  if (passport.sub !== device) return { ok: false, text: `the passport is that of ${passport.sub}` }
  return passport.exp * 1_000 > now
    ? { ok: true, text: `the passport is the device's, and runs until ${until}` }
    : { ok: false, text: `the passport ended at ${until}` }
}

const checkReferences = (given: Arguments, item: string): ReadonlyArray<BlockCheck> => {
  const path = given.text("references")
  if (path === null) return []
  const is = referenceMember(readInput(path, "the signed reference values"))
  return [
    is === item
      ? { ok: true, text: `the proof is about ${path}` }
      : { ok: false, text: `the proof is about ${item}, and ${path} is ${is}` },
  ]
}

/** What else was given about the member. @throws UsageError where it is about another sort of member */
const checksOf = async (given: Arguments, { member: about, set }: ProvenMember): Promise<ReadonlyArray<BlockCheck>> => {
  const passport = given.text("passport")
  if (set === "firmware") {
    if (passport !== null) throw new UsageError("--passport is for a proof about a device, and this is about firmware")
    return checkReferences(given, about)
  }
  if (given.text("references") !== null)
    throw new UsageError("--references is for a proof about firmware, and this is about a device")
  return passport === null ? [] : [await checkPassport(given, passport, about, Date.now())]
}

/** What a file of `assay anchor member` proves. @returns whether all of it holds. @throws AnchorError, NoteError, UsageError */
export const verifyMember = async (
  given: Arguments,
  text: string,
  anchorKey: VerifierKey,
  output: Output,
): Promise<boolean> => {
  const places = placesOf(given)
  const proven: ProvenMember = verifyMemberFile(text, anchorKey)
  const { member: about, set, head } = proven
  const placed = await checkPlaces(proven.anchors, places)
  const checks = [...(await checksOf(given, proven)), ...placed.checks]
  const valid = checks.every(({ ok }) => ok)
  output.result({ valid, ...named(about), set, size: head.size, anchors: placed.facts, checks }, () => {
    output.say(valid ? output.colour("valid", "green") : output.colour("NOT VALID", "red"))
    output.say(
      set === "firmware"
        ? `${about} was in force for firmware, as one of ${head.size} items`
        : `${about} was ${set}, as one of ${head.size} devices`,
    )
    showPlaces({ ...placed, checks }, output)
  })
  return valid
}
