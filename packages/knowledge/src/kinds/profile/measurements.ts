/** Measurements that a profile declares: how they are read, and what one means for people. */
import { type Fault, list, nullable, number, object, oneOf, optional, text } from "@assay/jose/shape"
import { DECLARED_KINDS, type MeasurementDeclaration } from "@assay/trust"

/** Declarations of one profile. Each message of a class is compared with those of its class. */
export const MAX_DECLARATIONS = 256

const MAX_PERIOD_S = 31 * 86_400
const MAX_VALUE = Number.MAX_VALUE

/** As credentials name vendors and classes. */
const name = text(128, /^[^/\p{Cc}]+$/u, "a name without slash")
const pattern = text(256, /^(?:[^*]+|\*[^*]+|[^*]+\*)$/, "a name, with * at its beginning or its end")

const declaration = object({
  vendor: optional(nullable(name), null),
  class: optional(nullable(name), null),
  name: pattern,
  kind: optional(nullable(oneOf(DECLARED_KINDS)), null),
  period: optional(nullable(number(0.001, MAX_PERIOD_S)), null),
  min: optional(nullable(number(-MAX_VALUE, MAX_VALUE)), null),
  max: optional(nullable(number(-MAX_VALUE, MAX_VALUE)), null),
})

export const declarations = list(declaration, MAX_DECLARATIONS)

/** What no single member can tell. */
export const faultsOfDeclarations = (declared: ReadonlyArray<MeasurementDeclaration>): ReadonlyArray<Fault> =>
  declared.flatMap(({ kind, period, min, max }, index): ReadonlyArray<Fault> => {
    const path = ["measurements", index]
    if (kind === null && period === null && min === null && max === null)
      return [{ path, message: "declares nothing: name a kind, a period, min or max" }]
    return min !== null && max !== null && min > max ? [{ path: [...path, "max"], message: "is below min" }] : []
  })

/** For people: `acme/meter *energy: counter, each 900 s, from 0`. */
export const formatDeclaration = (declared: MeasurementDeclaration): string => {
  const { vendor, class: cls, name: named, kind, period, min, max } = declared
  const parts = [
    ...(kind === null ? [] : [kind]),
    ...(period === null ? [] : [`each ${period} s`]),
    ...(min === null ? [] : [`from ${min}`]),
    ...(max === null ? [] : [`to ${max}`]),
  ]
  return `${vendor ?? "*"}/${cls ?? "*"} ${named}: ${parts.join(", ")}`
}
