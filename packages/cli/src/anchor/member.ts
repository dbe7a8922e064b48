/** `assay anchor member`: what a device carries beside its passport, and what it proves. */
import { formatMemberFile, memberFileOf, type ProvenMember, verifyMemberFile } from "@assay/anchor/members"
import { withoutLineEnd } from "@assay/jose"
import { isCose } from "@assay/message"
import { readRoots } from "@assay/node/roots"
import { isRefused, openPassport, openSlice } from "@assay/passport"
import type { VerifierKey } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import type { Output } from "../output.ts"
import { setsDirectory } from "./identities.ts"
import type { BlockCheck } from "./own-node.ts"
import { checkPlaces, placesOf, showPlaces } from "./places.ts"
import { evidenceIn, openAnchorLog } from "./state.ts"

export const member = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const device = given.positionals[1]
  if (device === undefined || !device.startsWith("did:"))
    throw new UsageError("name the device: assay anchor member DID --state DIR --out FILE")
  const [dir, out] = [given.required("state"), given.required("out")]
  const file = await memberFileOf(await openAnchorLog(dir), setsDirectory(dir), device, evidenceIn(dir))
  if (file === null) {
    output.result({ device, set: null }, () =>
      output.say(`${device} is in no set that is anchored (yet): does assay anchor run have --identities?`),
    )
    return EXIT.failed
  }
  writeOutput(out, formatMemberFile(file))
  const { set, anchors } = file
  output.result({ device, set, anchors: anchors.length, out }, () =>
    output.say(`${out}: ${device} is in the set of ${set} devices, anchored ${anchors.length} times`),
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

/** What a file of `assay anchor member` proves. @returns whether all of it holds. @throws AnchorError, NoteError, UsageError */
export const verifyMember = async (
  given: Arguments,
  text: string,
  anchorKey: VerifierKey,
  output: Output,
): Promise<boolean> => {
  const places = placesOf(given)
  const proven: ProvenMember = verifyMemberFile(text, anchorKey)
  const { device, set, head } = proven
  const passport = given.text("passport")
  const placed = await checkPlaces(proven.anchors, places)
  const checks = [
    ...(passport === null ? [] : [await checkPassport(given, passport, device, Date.now())]),
    ...placed.checks,
  ]
  const valid = checks.every(({ ok }) => ok)
  output.result({ valid, device, set, size: head.size, anchors: placed.facts, checks }, () => {
    output.say(valid ? output.colour("valid", "green") : output.colour("NOT VALID", "red"))
    output.say(`${device} was ${set}, as one of ${head.size} devices`)
    showPlaces({ ...placed, checks }, output)
  })
  return valid
}
