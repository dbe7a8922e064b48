/** The closed shape of what a trust registry answered, and the bounds of every member. Times in milliseconds since 1970. */
import { formatPath, integer, list, nullable, object, oneOf, type Reader, text } from "@assay/jose/shape"
import { REGISTRY_QUERIES, type RegistryAnswer, type RegistryAnswers } from "@assay/trust"
import { readJson } from "../../bodies/read-json.ts"

/** Bytes of the JSON text. */
export const MAX_REGISTRY_BYTES = 1 << 20
/** Answers of one registry. */
export const MAX_ANSWERS = 2_048

/** An absolute URI, as TRQP names authorities and entities. */
export const uri = text(1_024, /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/, "an absolute URI")
/** As a bundle or a framework writes it. */
export const levelName = text(128, /^[!-~]+$/, "a name without blanks")

const flag: Reader<boolean> = (value, path, faults) => {
  if (typeof value === "boolean") return value
  faults.push({ path, message: "must be true or false" })
  return undefined
}

const answer: Reader<RegistryAnswer> = object({
  query: oneOf(REGISTRY_QUERIES),
  authority: uri,
  entity: uri,
  action: text(128, /^[!-~]+$/, "a name without blanks"),
  resource: text(512, /^[!-~]+$/, "a name without blanks"),
  level: nullable(levelName),
  holds: flag,
  evaluated: integer(1),
  expires: integer(1),
})

const shape: Reader<RegistryAnswers> = object({
  authority: uri,
  framework: uri,
  checked: integer(1),
  expires: integer(1),
  answers: list(answer, MAX_ANSWERS, 1),
})

/** How far a registry's clock may be ahead of the resolver's. */
const SKEW_MS = 60_000

const whyOdd = ({ checked, expires, answers }: RegistryAnswers): string | null => {
  if (expires <= checked) return "expires must be later than checked"
  for (const [index, { evaluated, expires: end }] of answers.entries()) {
    const path = formatPath(["answers", index])
    if (end <= evaluated) return `${path}: expires must be later than evaluated`
    if (evaluated > checked + SKEW_MS) return `${path}: evaluated after it was captured`
  }
  return null
}

export const readRegistry = (bytes: Uint8Array) => readJson(bytes, shape, MAX_REGISTRY_BYTES, whyOdd)
