/** `assay device claim DID`: a device becomes its owner's, by its voucher and by what it signed itself. */
import { newClaim } from "@assay/knowledge"
import { escapeControls } from "@assay/trust/kit"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { tokensIn, voucherIn } from "./voucher.ts"

export const claim = async (given: Arguments, device: string | undefined, output: Output): Promise<ExitCode> => {
  if (device === undefined || !device.startsWith("did:"))
    throw new UsageError(
      "name the device by its DID: assay device claim DID --voucher FILE --enrolment FILE --keys FILE --aud URI",
    )
  const before = signedBefore(given)
  const made =
    before === null
      ? newClaim({
          voucher: voucherIn(given.required("voucher")).tokens,
          enrolment: tokensIn(given.required("enrolment"), "the enrolment"),
        })
      : null
  const opening = made?.opening ?? before?.openings[0]
  if (opening === undefined) throw new UsageError("the tokens hold no claim: --sign-only prints the opening with them")
  const { text, tokens } = await signCommand(
    given,
    "claim",
    device,
    before,
    null,
    made === null ? {} : { evidence: made.evidence },
  )
  const elements = [...tokens, opening]
  if (given.flag("sign-only")) {
    output.result({ text, tokens: elements }, () => output.say(elements.join("\n")))
    return EXIT.ok
  }
  const what = `claim of ${device}, signed by ${tokens.length}: ${escapeControls(text.reason)}`
  return tellOutcome(await sendCommand(given, elements), what, { ...text }, output)
}
