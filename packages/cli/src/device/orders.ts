/** Commands about one device's life, as operators sign them: `assay device suspend|resume|transfer|retire|attest|label|unbind DID`. */
import { hash } from "node:crypto"
import type { DeviceLabel, LifeVerb } from "@assay/trust"
import { escapeControls } from "@assay/trust/kit"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { type More, sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { releaseAfter, releaseRecorded } from "./release.ts"

/** SHA-256 of a file that a command rests on, base64url. */
export const hashOfFile = (path: string): string => hash("sha256", readInput(path, "the evidence"), "base64url")

/** `name=value`, comma-separated. @throws UsageError */
export const labelsOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (text === "" ? [] : text.split(",")).map((pair) => {
      const at = pair.indexOf("=")
      const name = pair.slice(0, at)
      if (at < 0 || !/^[a-z][a-z0-9._-]{0,31}$/.test(name) || at === pair.length - 1)
        throw new UsageError(
          `--labels takes NAME=VALUE, comma-separated, NAME of small letters and digits, not ${JSON.stringify(pair)}`,
        )
      return [name, pair.slice(at + 1)]
    }),
  )

const labelIn = (given: Arguments): DeviceLabel => {
  const [name, labels] = [given.text("name"), given.text("labels")]
  if (name === null && labels === null) throw new UsageError("name the device: --name TEXT, --labels NAME=VALUE,...")
  return { name, labels: labelsOf(labels ?? "") }
}

export type Ordered = Exclude<LifeVerb, "claim"> | "label" | "unbind"

/** Signs, and sends or prints. */
export const order = async (
  given: Arguments,
  verb: Ordered,
  device: string | undefined,
  output: Output,
): Promise<ExitCode> => {
  if (device === undefined || !device.startsWith("did:"))
    throw new UsageError(`name the device by its DID: assay device ${verb} DID --keys FILE --aud URI`)
  if (verb === "unbind" && given.text("recorded") !== null) return releaseRecorded(given, device, output)
  const before = signedBefore(given)
  const evidence = given.text("evidence")
  if (verb === "unbind" && evidence !== null) throw new UsageError("unbind rests on nothing: leave --evidence out")
  if (verb === "attest" && before === null && evidence === null)
    throw new UsageError("attest rests on something: name the appraised result by --evidence FILE")
  const more: More =
    before !== null
      ? {}
      : verb === "label"
        ? { label: labelIn(given) }
        : evidence === null
          ? {}
          : { evidence: hashOfFile(evidence) }
  const { text, tokens } = await signCommand(given, verb, device, before, null, more)
  if (given.flag("sign-only")) {
    output.result({ text, tokens }, () => output.say(tokens.join("\n")))
    return EXIT.ok
  }
  const what = `${verb} of ${device}, signed by ${tokens.length}: ${escapeControls(text.reason)}`
  const judged = await sendCommand(given, tokens)
  const code = tellOutcome(judged, what, { ...text }, output)
  return (await releaseAfter(given, verb, device, judged)) ? code : EXIT.failed
}
