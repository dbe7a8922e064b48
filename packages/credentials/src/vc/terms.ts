/** The terms of a credential: everything that devices of one product share. Equal terms are one object in memory. */
import { Lru } from "@assay/bounded"
import type { Assurance, StatusPurpose, Subject } from "@assay/trust"
import {
  type Capabilities,
  type CompiledCapabilities,
  compileCapabilities,
  grantText,
  internCapabilities,
  type MeasurementGrant,
} from "../capability/compile.ts"

export interface StatusRef {
  /** The `statusListCredential` URL, or the `uri` of a Token Status List; the `id` of the list. */
  readonly list: string
  readonly purpose: StatusPurpose
}

export interface TermsSource {
  readonly issuer: string
  /** The one name of the key that signed, where the issuer's keys stand in a document and may change; absent where its DID is its key. */
  readonly signer?: string | undefined
  /** All types but `VerifiableCredential`. */
  readonly types: ReadonlyArray<string>
  readonly vendor: string
  readonly class: string
  readonly assurance: Assurance
  /** The lists that the credential stands on; each device has its own index in each. */
  readonly status: ReadonlyArray<StatusRef>
  readonly capabilities: Capabilities
}

export interface Terms extends Omit<TermsSource, "capabilities"> {
  /** The same text for equal terms, and enough to make them again: `parseTerms`. */
  readonly text: string
  readonly capabilities: CompiledCapabilities
  /** What later stages get to know of the device. */
  readonly subject: Subject
  /** What it declares of measurements, as `declarationsIn` reads it; null where it declares nothing. */
  readonly declares: string | null
}

/** What a credential declares of measurements that match a name pattern. */
export type GrantDeclaration = Pick<MeasurementGrant, "name" | "kind" | "period">

const declaresOf = ({ measurements }: Capabilities): string | null => {
  const declared = measurements.filter(({ kind, period }) => kind !== undefined || period !== undefined)
  return declared.length === 0
    ? null
    : JSON.stringify(declared.map(({ name, kind = null, period = null }) => [name, kind, period]))
}

/** @param text of `declares` */
export const declarationsIn = (text: string): ReadonlyArray<GrantDeclaration> =>
  (JSON.parse(text) as ReadonlyArray<readonly [string, GrantDeclaration["kind"] | null, number | null]>).map(
    ([name, kind, period]) => ({ name, kind: kind ?? undefined, period: period ?? undefined }),
  )

/** Beyond this many distinct terms the oldest are made anew when met: a matter of memory only. */
const INTERNED = 16_384
const interned = new Lru<Terms>(INTERNED)

const textOf = (source: TermsSource): string => {
  const { measurements, actions, audiences, ratePerMinute, maxAges } = source.capabilities
  return JSON.stringify([
    source.issuer,
    source.types,
    source.vendor,
    source.class,
    source.assurance,
    source.status.map(({ list, purpose }) => [list, purpose]),
    measurements.map(grantText),
    actions,
    audiences,
    ratePerMinute,
    ...(maxAges === undefined && source.signer === undefined ? [] : [maxAges ?? null]),
    ...(source.signer === undefined ? [] : [source.signer]),
  ])
}

const make = (text: string, source: TermsSource, capabilities: CompiledCapabilities): Terms => {
  const { vendor, class: kind, assurance } = source
  const subject = { vendor, class: kind, assurance }
  return { ...source, text, capabilities, subject, declares: declaresOf(source.capabilities) }
}

/**
 * The terms of a credential whose signature nobody has checked: the shared object where there is one, else one of its own
 * that nothing remembers. Anybody can make up terms, and remembering theirs would fill the memory of the process.
 */
export const termsOf = (source: TermsSource): Terms => {
  const text = textOf(source)
  return interned.get(text) ?? make(text, source, compileCapabilities(source.capabilities))
}

/** The same terms, signed by that key of a document. */
export const signedTerms = (terms: Terms, signer: string): Terms =>
  termsOf({ ...terms, capabilities: terms.capabilities.source, signer })

/** The one shared object for these terms. Only for what a trusted signature stands behind. */
export const internTerms = (terms: Terms): Terms =>
  interned.get(terms.text) ?? remember(terms.text, { ...terms, capabilities: terms.capabilities.source })

const remember = (text: string, source: TermsSource): Terms => {
  const terms = make(text, source, internCapabilities(source.capabilities))
  interned.set(text, terms)
  return terms
}

/** The terms behind a `text` that `termsOf` made (of a stored state, say). Not for input from outside. */
export const parseTerms = (text: string): Terms => {
  const known = interned.get(text)
  if (known !== undefined) return known
  const [
    issuer,
    types,
    vendor,
    kind,
    assurance,
    status,
    measurements,
    actions,
    audiences,
    ratePerMinute,
    maxAges,
    signer,
  ] = JSON.parse(text)
  return remember(text, {
    issuer,
    ...(signer === undefined ? {} : { signer }),
    types,
    vendor,
    class: kind,
    assurance,
    status: status.map(([list, purpose]: [string, StatusPurpose]) => ({ list, purpose })),
    capabilities: {
      measurements: measurements.map(([name, unit, min, max, kind, period]: [string, ...ReadonlyArray<never>]) => ({
        ...{ name, unit, min, max },
        ...((kind ?? null) === null ? {} : { kind }),
        ...((period ?? null) === null ? {} : { period }),
      })),
      actions,
      audiences,
      ratePerMinute,
      maxAges: maxAges ?? undefined,
    },
  })
}
