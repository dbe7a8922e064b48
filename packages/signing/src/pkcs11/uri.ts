/**
 * PKCS#11 URIs (RFC 7512), of which these attributes are used: `token`, `serial`, `manufacturer`, `model` and `slot-id` choose the
 * token, `object` (label) and `id` the key; `module-path` is the library, `pin-source` the file with the user's PIN. `pin-value` is
 * refused: an environment or a list of processes would show it.
 */
import { KeyError } from "../signer.ts"

export interface TokenChoice {
  readonly token?: string
  readonly serial?: string
  readonly manufacturer?: string
  readonly model?: string
  readonly slot?: number
}

export interface Pkcs11Reference {
  readonly kind: "pkcs11"
  /** The shared library of the token's maker, an absolute path. */
  readonly module: string
  /** The file with the user's PIN, one line; null: the token asks for none. */
  readonly pinSource: string | null
  readonly choice: TokenChoice
  /** CKA_LABEL of the key; null: any. */
  readonly label: string | null
  /** CKA_ID of the key, hex; null: any. */
  readonly id: string | null
}

const PATH = ["token", "serial", "manufacturer", "model", "slot-id", "object", "id", "type"]
const QUERY = ["module-path", "pin-source"]
const MAX_URI = 2_048

const decoded = (name: string, value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new KeyError(`pkcs11: ${name} is not percent-encoded UTF-8`)
  }
}

/** Bytes of an `id`: percent-encoded, or as they stand. */
const hexOf = (value: string): string => {
  const bytes: Array<number> = []
  for (let at = 0; at < value.length; at++) {
    const isEncoded = value[at] === "%"
    const byte = isEncoded ? Number.parseInt(value.slice(at + 1, at + 3), 16) : value.charCodeAt(at)
    if (!(byte >= 0 && byte <= 255) || (isEncoded && !/^[0-9A-Fa-f]{2}$/.test(value.slice(at + 1, at + 3))))
      throw new KeyError("pkcs11: id is not percent-encoded")
    bytes.push(byte)
    if (isEncoded) at += 2
  }
  return Buffer.from(bytes).toString("hex")
}

const attributesOf = (text: string, separator: string, known: ReadonlyArray<string>): Map<string, string> => {
  const found = new Map<string, string>()
  for (const part of text === "" ? [] : text.split(separator)) {
    const at = part.indexOf("=")
    const name = at < 0 ? part : part.slice(0, at)
    if (name === "pin-value") throw new KeyError("pkcs11: pin-value would be seen by others: name a file by pin-source")
    if (at < 0 || !known.includes(name))
      throw new KeyError(`pkcs11: ${JSON.stringify(name)} is none of ${known.join(", ")}`)
    if (found.has(name)) throw new KeyError(`pkcs11: ${name} stands there twice`)
    found.set(name, part.slice(at + 1))
  }
  return found
}

const pathOf = (name: string, value: string): string => {
  const path = decoded(name, value).replace(/^file:(\/\/(?=\/))?/, "")
  if (path.startsWith("/")) return path
  throw new KeyError(`pkcs11: ${name} takes an absolute path, not ${JSON.stringify(path)}`)
}

/** @throws KeyError that names the attribute */
export const parsePkcs11Uri = (text: string): Pkcs11Reference => {
  if (text.length > MAX_URI) throw new KeyError(`a pkcs11: URI has at most ${MAX_URI} characters`)
  const [, rest] = /^pkcs11:(.*)$/s.exec(text) ?? []
  if (rest === undefined) throw new KeyError("a PKCS#11 URI begins with pkcs11:")
  const at = rest.indexOf("?")
  const path = attributesOf(at < 0 ? rest : rest.slice(0, at), ";", PATH)
  const query = attributesOf(at < 0 ? "" : rest.slice(at + 1), "&", QUERY)
  const type = path.get("type")
  if (type !== undefined && type !== "private")
    throw new KeyError(`pkcs11: what signs is a private key, not type=${type}`)
  const module = query.get("module-path")
  if (module === undefined)
    throw new KeyError("pkcs11: name the library of the token's maker: ?module-path=/usr/lib/softhsm/libsofthsm2.so")
  const slot = path.get("slot-id")
  if (slot !== undefined && !/^\d{1,15}$/.test(slot)) throw new KeyError(`pkcs11: slot-id takes a number, not ${slot}`)
  const choice: Record<string, string | number> = slot === undefined ? {} : { slot: Number(slot) }
  for (const name of ["token", "serial", "manufacturer", "model"]) {
    const value = path.get(name)
    if (value !== undefined) choice[name] = decoded(name, value)
  }
  if (Object.keys(choice).length === 0)
    throw new KeyError("pkcs11: name the token: pkcs11:token=LABEL;object=LABEL?...")
  const [pin, label, id] = [query.get("pin-source"), path.get("object"), path.get("id")]
  return {
    kind: "pkcs11",
    module: pathOf("module-path", module),
    pinSource: pin === undefined ? null : pathOf("pin-source", pin),
    choice,
    label: label === undefined ? null : decoded("object", label),
    id: id === undefined ? null : hexOf(id),
  }
}

/** The same reference to a key of another label: what `keygen` and `init` write down. */
export const withLabel = (text: string, label: string): string => {
  const at = text.indexOf("?")
  const [path, query] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)]
  const kept = path.split(";").filter((part) => !/^(pkcs11:)?(object|id|type)=/.test(part))
  const head = kept.join(";")
  const begun = head.startsWith("pkcs11:") ? head : `pkcs11:${head}`
  return `${begun}${begun === "pkcs11:" ? "" : ";"}object=${encodeURIComponent(label)}${query}`
}
