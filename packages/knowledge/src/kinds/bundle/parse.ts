/** Trust bundles as JSON text: read strictly, with errors that a person can act on. */
import { parseStrict } from "@assay/jose"
import { formatPath, lineOf, readShape, syntaxErrorAt } from "@assay/jose/shape"
import type { TrustBundle } from "@assay/trust"
import { trustBundle } from "./shape.ts"

export interface BundleError {
  /** For example `issuers[0].did`; "" for the whole text. */
  readonly path: string
  readonly message: string
  /** From 1; absent where the text is empty, or is JSON that is not strict. */
  readonly line?: number
}

/** A DSSE envelope holds a payload in base64 and must stay below 16 MiB. */
export const MAX_BUNDLE_BYTES = 12 * 1024 * 1024

/** The bundle of a JSON text, or all errors (at least one) with their key and line. Never throws. */
export const parseBundle = (bytes: Uint8Array): TrustBundle | { readonly errors: ReadonlyArray<BundleError> } => {
  if (bytes.length > MAX_BUNDLE_BYTES)
    return { errors: [{ path: "", message: `is larger than ${MAX_BUNDLE_BYTES} bytes` }] }
  const json = parseStrict(bytes)
  const text = (): string => new TextDecoder().decode(bytes)
  if ("reason" in json) return { errors: [syntaxError(text(), json.detail)] }
  const read = readShape(trustBundle, json.value)
  if ("value" in read) return read.value
  return {
    errors: read.map(({ path, message }) => ({ path: formatPath(path), message, line: lineOf(text(), path) })),
  }
}

/** The strict parser says what is wrong; where it is no JSON at all, the place says more. */
const syntaxError = (text: string, detail: string): BundleError => {
  const at = syntaxErrorAt(text)
  if (at === null) return { path: "", message: detail }
  if (text.trim() === "") return { path: "", message: `${detail}: it is empty` }
  const found = at === text.length ? "it ends too early" : `unexpected ${JSON.stringify(text[at])}`
  return { path: "", message: `${detail}: ${found}`, line: text.slice(0, at).split("\n").length }
}

/** The bundle as JSON text. Throws TypeError, naming every fault, where `parseBundle` would not read it back. */
export const encodeBundle = (bundle: TrustBundle): Uint8Array => {
  const bytes = Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`)
  const read = parseBundle(bytes)
  if (!("errors" in read)) return bytes
  throw new TypeError(read.errors.map((error) => `${error.path || "bundle"} ${error.message}`).join("; "))
}
