/** `assay credential`: what a manufacturer does: a device credential as `vc+jwt`. */

import { issueCredentialWith } from "@assay/credentials"
import { type Command, EXIT, UsageError } from "../command.ts"
import { CREDENTIAL_OPTIONS, credentialInput } from "../credential-input.ts"
import { writeOutput } from "../files.ts"
import { withKey } from "../keys.ts"

export const credential: Command = {
  name: "credential",
  summary: "issue a device credential, as its manufacturer",
  usage:
    "credential --issuer FILE --device DID --vendor NAME --class NAME --measurements LIST --audiences LIST --out FILE",
  details: "The device then shows it once: assay sign --present FILE.",
  takes: 0,
  options: {
    issuer: { type: "string", value: "FILE", help: "the issuer's key file" },
    device: { type: "string", value: "DID", help: "the device it is for" },
    vendor: { type: "string", value: "NAME", help: "the vendor" },
    class: { type: "string", value: "NAME", help: "the device class" },
    ...CREDENTIAL_OPTIONS,
    out: { type: "string", value: "FILE", help: "where the credential goes" },
  },
  run: async (given, output) => {
    const subject = given.required("device")
    if (!subject.startsWith("did:")) throw new UsageError(`--device takes the device's DID, not ${subject}`)
    const input = credentialInput(given, { subject, vendor: given.required("vendor"), class: given.required("class") })
    const token = await withKey(given.required("issuer"), (issuer) => issueCredentialWith(input, issuer))
    const out = given.required("out")
    writeOutput(out, `${token}\n`)
    output.result({ device: given.required("device"), out, credential: token }, () => output.say(out))
    return EXIT.ok
  },
}
