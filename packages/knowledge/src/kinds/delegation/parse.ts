/** A delegation as JSON text: `{version, issued, expires, gateway, devices: [{name, vendor, class}]}`, strict and bounded. */
import { integer, list, object, type Reader, text } from "@assay/jose/shape"
import { type Delegation, isDelegateName } from "@assay/trust"
import { type ReadJson, readJson } from "../../bodies/read-json.ts"
import { signerDid } from "../signer-did.ts"

/** Some 1,000 devices of long names. */
export const MAX_DELEGATION_BYTES = 512 * 1024
/** Devices of one gateway. */
export const MAX_DELEGATES = 1_024

/** As credentials write it: without slash, which joins the two in a policy. */
const word = text(128, /^[^/\p{Cc}]+$/u, "a name without slash")

const name: Reader<string> = (value, path, faults) => {
  if (!isDelegateName(value)) {
    faults.push({
      path,
      message:
        "must be 1 to 128 letters, digits and . _ : - (begin and end with a letter or digit): one device by its name",
    })
    return undefined
  }
  // A DID names a key: whoever has one signs for itself.
  if (!/^did:/i.test(value)) return value
  faults.push({ path, message: "is a DID: a device with a key of its own signs for itself, and no gateway for it" })
  return undefined
}

const shape = object({
  version: integer(1),
  issued: integer(),
  expires: integer(),
  gateway: signerDid,
  devices: list(object({ name, vendor: word, class: word }), MAX_DELEGATES, 1),
})

const whyOdd = ({ issued, expires, devices }: Delegation): string | null => {
  if (expires <= issued) return "expires must be later than issued"
  const seen = new Set<string>()
  for (const [index, { name: one }] of devices.entries()) {
    if (seen.has(one)) return `devices[${index}].name names ${one} again`
    seen.add(one)
  }
  return null
}

/** The delegation of a JSON text, or the first thing wrong with it. Never throws. */
export const parseDelegation = (bytes: Uint8Array): ReadJson<Delegation> =>
  readJson(bytes, shape, MAX_DELEGATION_BYTES, whyOdd)
