/** Credentials, as devices present them, and the status lists of issuers. */
import { encodeStatusList, listOf, parseTerms, readCredential, viewOf, whyNoneHolds } from "@assay/credentials"
import { type Target, text } from "../target.ts"
import { devices, NOW, world } from "../world.ts"

const HEX = "0".repeat(64)
const CREDENTIALS_OF = devices.flatMap((device) => device.profile.credentials)
const view = viewOf({ hash: HEX, version: 1, body: world.bundle, expires: world.bundle.expires } as never)

const token: Target = {
  name: "credential-token",
  about: "readCredential and the checks of a presentation: a vc+jwt as sent, from anybody",
  seeds: () => CREDENTIALS_OF.map((one) => Buffer.from(one)),
  check: (bytes) => {
    const read = readCredential(text(bytes))
    const holds = devices.some(({ did }) => whyNoneHolds(did, [text(bytes)], view, NOW * 1000, 60_000) === null)
    if (holds && !CREDENTIALS_OF.includes(text(bytes)) && !isMalleable(text(bytes)))
      throw new Error("a credential that no issuer signed holds")
    return !("detail" in read)
  },
}

/** ES256 signatures have a second form of the same signature; the signing input must be an issued one all the same. */
const isMalleable = (one: string): boolean =>
  CREDENTIALS_OF.some((issued) => issued.slice(0, issued.lastIndexOf(".")) === one.slice(0, one.lastIndexOf(".")))

const payload: Target = {
  name: "credential-payload",
  about: "readCredential: the payload of a credential, from an issuer or somebody who calls himself one",
  seeds: () => CREDENTIALS_OF.map((one) => Buffer.from(one.split(".")[1]!, "base64url")),
  check: (bytes) => {
    const [header, , signature] = CREDENTIALS_OF[0]!.split(".")
    const read = readCredential(`${header}.${Buffer.from(bytes).toString("base64url")}.${signature}`)
    return !("detail" in read)
  },
}

const terms: Target = {
  name: "credential-terms",
  about: "parseTerms: a credential's terms, from the state table",
  seeds: () =>
    CREDENTIALS_OF.map((one) => {
      const read = readCredential(one)
      if ("detail" in read) throw new Error(read.detail)
      return Buffer.from(read.credential.terms.text)
    }),
  check: (bytes) => {
    try {
      parseTerms(text(bytes))
      return true
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError) return false
      throw error
    }
  },
}

const statusList: Target = {
  name: "status-list",
  about: "listOf: a compressed status list, from an issuer through the bundle",
  seeds: () => [encodeStatusList(0, []), encodeStatusList(131_072, [1, 77, 131_071])].map((one) => Buffer.from(one)),
  check: (bytes) => listOf({ ...world.bundle.statusLists[0]!, encodedList: text(bytes) }) !== null,
}

export const CREDENTIALS: ReadonlyArray<Target> = [token, payload, terms, statusList]
