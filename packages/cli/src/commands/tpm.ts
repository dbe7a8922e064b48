/** `assay tpm`: a device with a TPM 2.0, by tpm2-tools: its keys, its enrolment, its evidence, and what its key signs. */
import { mkdirSync, readFileSync } from "node:fs"
import { chosen } from "../choice.ts"
import { NODE_OPTIONS } from "../client.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { enrol } from "../tpm/enrol.ts"
import { EVIDENCE_FORMS, evidence } from "../tpm/evidence.ts"
import { AK_KINDS, provision, readKeys } from "../tpm/keys.ts"
import { signInTpm } from "../tpm/sign.ts"

const PCRS = "0,1,2,3,4,5,6,7"

/** @throws UsageError */
const pcrsOf = (text: string): ReadonlyArray<number> => {
  const found = text.split(",").map(Number)
  if (found.some((pcr, n) => !Number.isInteger(pcr) || pcr < 0 || pcr > 23 || (n > 0 && pcr <= found[n - 1]!)))
    throw new UsageError(`--pcrs takes indices from 0 to 23 in ascending order, for example ${PCRS}`)
  return found
}

export const tpm: Command = {
  name: "tpm",
  summary: "a device with a TPM: make its keys, enrol it, send evidence, sign with its key",
  usage: "tpm provision|enrol|name|evidence|sign --dir DIR",
  details: `provision makes endorsement key, attestation key and the key of the DID in the TPM, at persistent handles.
enrol proves to a node that they lie in one genuine TPM, and keeps the endorsement. evidence quotes the PCRs for a challenge of
the node and writes the signed message, which assay submit hands in; with --challenge FILE for one that came another way, such as over
MQTT, where name prints the question to ask. sign signs a payload of any type with the key of the DID.
All of it calls tpm2-tools (TPM2TOOLS_TCTI names the TPM).`,
  takes: 1,
  options: {
    dir: { type: "string", value: "DIR", help: "where public keys, endorsement and certificates are kept" },
    ak: {
      type: "string",
      value: "KIND",
      default: "ecc",
      help: "provision: the attestation key: ecc (ES256) or rsa (RS256), as the endorsements ask for",
    },
    issuers: {
      type: "string",
      value: "FILES",
      help: "enrol: certificates between the TPM's and its maker's root, comma-separated",
    },
    aud: { type: "string", value: "URI", help: "evidence: the audience, under the trust domain" },
    epoch: { type: "string", value: "N", default: "0", help: "evidence: the boot epoch of this boot's messages" },
    pcrs: { type: "string", value: "LIST", default: PCRS, help: "evidence: the PCRs that the endorsements ask for" },
    log: { type: "string", value: "FILE", help: "evidence: the event log (binary_bios_measurements)" },
    challenge: {
      type: "string",
      value: "FILE",
      help: "evidence: a challenge that came another way, such as over MQTT; else the node is asked for one",
    },
    format: {
      type: "string",
      value: "FORMAT",
      default: "jws",
      help: "evidence: jws (a line of text) or cose (bytes, some 40 % fewer)",
    },
    typ: { type: "string", value: "TYPE", help: "sign: for example m2m-presentation+jwt" },
    payload: { type: "string", value: "FILE", help: "sign: the JSON text that is signed" },
    ...NODE_OPTIONS,
  },
  run: async (given, output) => {
    const [verb] = given.positionals
    const dir = given.required("dir")
    switch (verb) {
      case "provision": {
        mkdirSync(dir, { recursive: true, mode: 0o700 })
        const { did, akName } = await provision(dir, chosen(given, "ak", AK_KINDS))
        output.result({ did, key: akName }, () => output.say(did))
        return EXIT.ok
      }
      case "enrol": {
        const found = await enrol(given, dir, readKeys(dir), given.text("issuers")?.split(",") ?? [])
        output.result(found, () => output.say(`endorsed until ${found.expires}`))
        return EXIT.ok
      }
      case "evidence": {
        const format = chosen(given, "format", EVIDENCE_FORMS)
        const isBinary = format === "cose"
        if (isBinary && process.stdout.isTTY && !output.json)
          throw new UsageError("a COSE message is bytes: send it to a file (> evidence.cose), or add --json")
        const message = await evidence(given, dir, readKeys(dir), {
          aud: given.required("aud"),
          epoch: given.whole("epoch", 0, Number.MAX_SAFE_INTEGER),
          pcrs: pcrsOf(given.required("pcrs")),
          log: given.text("log"),
          challenge: given.text("challenge"),
          format,
        })
        output.result({ token: message.toString(isBinary ? "base64url" : "latin1") }, () =>
          isBinary ? void process.stdout.write(message) : output.say(message.toString("latin1")),
        )
        return EXIT.ok
      }
      case "name": {
        const { did, akName } = readKeys(dir)
        output.result({ device: did, key: akName }, () => output.say(JSON.stringify({ key: akName })))
        return EXIT.ok
      }
      case "sign": {
        const payload = readFileSync(given.required("payload"))
        const token = await signInTpm(dir, readKeys(dir).did, given.required("typ"), payload)
        output.result({ token }, () => output.say(token))
        return EXIT.ok
      }
      default:
        throw new UsageError(`assay tpm takes provision, enrol, name, evidence or sign, not ${verb}`)
    }
  },
}
