/**
 * `assay device enroll`: a claimed device gets its credential, and its owner says that it was appraised. What is left is for the device:
 * it shows the credential, is active from then on, and has its first passport once it is trusted.
 */
import { hash } from "node:crypto"
import { type CredentialInput, issueCredentialWith } from "@assay/credentials"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { credentialInput } from "../credential-input.ts"
import { writeOutput } from "../files.ts"
import { withKey } from "../keys.ts"
import { sendCommand, signCommand } from "../operator-command.ts"
import { tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { enrollAll } from "./enroll-all.ts"
import { hashOfFile } from "./orders.ts"

export const enroll = async (given: Arguments, device: string | undefined, output: Output): Promise<ExitCode> => {
  const csv = given.text("csv")
  if (csv !== null) {
    if (device !== undefined) throw new UsageError("--csv names the devices: leave the DID out")
    return enrollAll(given, csv, output)
  }
  if (device === undefined || !device.startsWith("did:"))
    throw new UsageError(
      "name the device by its DID, or many by --csv FILE: assay device enroll DID --issuer FILE --keys FILE ...",
    )
  const input: CredentialInput = credentialInput(given, {
    subject: device,
    vendor: given.required("vendor"),
    class: given.required("class"),
  })
  const credential = await withKey(given.required("issuer"), (issuer) => issueCredentialWith(input, issuer))
  const file = given.text("evidence")
  const evidence = file === null ? hash("sha256", credential, "base64url") : hashOfFile(file)
  const { text, tokens } = await signCommand(given, "attest", device, null, null, { evidence })
  const judged = await sendCommand(given, tokens)
  const out = given.required("out")
  if (judged.accepted !== false) writeOutput(out, `${credential}\n`)
  const code = tellOutcome(
    judged,
    `enrolment of ${device}`,
    { ...text, credential: judged.accepted === false ? null : out },
    output,
  )
  if (code === EXIT.ok) output.say(`  ${out}: the device shows it once: assay sign --present ${out}`)
  return code
}
