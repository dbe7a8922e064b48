/**
 * What is in force about the firmware of a class of devices: what the roots list in the bundle, what its maker lists in its
 * reference values, and advisories. All count; where they speak of one digest, the worst status does. Looked up once for as long as
 * nothing changes.
 */
import {
  type FirmwareComponent,
  REFERENCE_STATUSES,
  type ReferenceStatus,
  type References,
  type Rollout,
  referencesSubject,
} from "@assay/attestation"
import {
  type Active,
  ADVISORY_KIND,
  type Advisory,
  itemKey,
  type Knowledge,
  kindOfItem,
  type TrustBundle,
} from "@assay/trust"

/** A release as somebody lists it. */
export interface Listed {
  readonly version: string
  readonly svn: number
  readonly digest: string
  readonly status: ReferenceStatus
  /** Empty where it is one image. */
  readonly components: ReadonlyArray<FirmwareComponent>
}

/** What is known of one vendor and class. */
export interface FirmwareModel {
  /** `vendor/class`. */
  readonly name: string
  readonly byDigest: ReadonlyMap<string, ReadonlyArray<Listed>>
  readonly versions: ReadonlySet<string>
  /** Lowest security version that may run. */
  readonly minimum: number
  /** Which part of the class is to run what. */
  readonly rollouts: ReadonlyArray<Rollout>
  /** What the roots list themselves, for as long as the bundle is in force; the rest ends with the maker's item. */
  readonly ofRoots: ReadonlySet<Listed>
  /** When the maker's list ends, milliseconds since 1970; null where there is none. */
  readonly until: number | null
}

export interface KnownFirmware {
  /** Hashes of what a verdict relied on. The same array for as long as they are in force. */
  readonly cited: ReadonlyArray<string>
  /** Null where nothing is listed for the class. */
  readonly model: FirmwareModel | null
}

interface OfBundle {
  readonly nothing: KnownFirmware
  /** By `modelKey`. */
  readonly known: ReadonlyMap<string, KnownFirmware>
}

interface Building extends FirmwareModel {
  readonly byDigest: Map<string, ReadonlyArray<Listed>>
  readonly versions: Set<string>
  readonly ofRoots: Set<Listed>
}

/** Names in a bundle may hold a slash. */
const modelKey = (vendor: string, deviceClass: string): string => JSON.stringify([vendor, deviceClass])

const bundles = new WeakMap<Active<TrustBundle>, OfBundle>()

const add = (model: Building, one: Listed, isOfRoots: boolean): void => {
  model.versions.add(one.version)
  model.byDigest.set(one.digest, [...(model.byDigest.get(one.digest) ?? []), one])
  if (isOfRoots) model.ofRoots.add(one)
}

const newModel = (name: string, minimum: number): Building => ({
  name,
  byDigest: new Map(),
  versions: new Set(),
  minimum,
  rollouts: [],
  ofRoots: new Set(),
  until: null,
})

const minimumIn = ({ minimumSvn }: TrustBundle, name: string): number =>
  Object.hasOwn(minimumSvn, name) ? minimumSvn[name]! : 0

const ofBundle = (bundle: Active<TrustBundle>): OfBundle => {
  const before = bundles.get(bundle)
  if (before !== undefined) return before
  const cited = [bundle.hash]
  const known = new Map<string, { readonly cited: ReadonlyArray<string>; readonly model: Building }>()
  for (const { vendor, class: cls, version, svn, digest, status } of bundle.body.firmware) {
    const key = modelKey(vendor, cls)
    const name = `${vendor}/${cls}`
    const { model } = known.get(key) ?? { model: newModel(name, minimumIn(bundle.body, name)) }
    add(model, { version, svn, digest, status, components: [] }, true)
    known.set(key, { cited, model })
  }
  const made = { nothing: { cited, model: null }, known }
  bundles.set(bundle, made)
  return made
}

/** The roots' list and the maker's, as one. */
const withMaker = (before: KnownFirmware, references: Active<References>, bundle: Active<TrustBundle>): Merged => {
  const { vendor, class: cls, firmware } = references.body
  const name = `${vendor}/${cls}`
  const { releases, minimumSvn, rollouts } = firmware!
  const model: Building = {
    ...newModel(name, Math.max(minimumIn(bundle.body, name), minimumSvn)),
    rollouts: rollouts.toSorted((a, b) => a.from - b.from),
    until: references.expires,
  }
  for (const one of before.model?.ofRoots ?? []) add(model, one, true)
  for (const one of releases) add(model, one, false)
  return { cited: [...before.cited, references.hash], model }
}

interface Merged {
  readonly cited: ReadonlyArray<string>
  readonly model: Building
}

/** The same with what advisories make worse. They do so after their end too: only a later version takes anything back. */
const withAdvisories = (before: Merged, advisories: ReadonlyArray<Active<Advisory>>, cls: string): Merged => {
  const worse = new Map<string, ReferenceStatus>()
  for (const { body } of advisories)
    for (const { class: of, digest, status } of body.affected)
      if (of === cls) worse.set(digest, worst(status, worse.get(digest) ?? "good"))
  const model = newModel(before.model.name, before.model.minimum)
  for (const same of before.model.byDigest.values())
    for (const one of same) {
      const status = worst(one.status, worse.get(one.digest) ?? "good")
      add(model, { ...one, status }, before.model.ofRoots.has(one))
    }
  const { rollouts, until } = before.model
  return { cited: [...before.cited, ...advisories.map(({ hash }) => hash)], model: { ...model, rollouts, until } }
}

const worst = (a: ReferenceStatus, b: ReferenceStatus): ReferenceStatus =>
  REFERENCE_STATUSES.indexOf(a) >= REFERENCE_STATUSES.indexOf(b) ? a : b

interface OfKnowledge {
  /** Advisories by vendor and class, in the order of their names. */
  readonly advisories: ReadonlyMap<string, ReadonlyArray<Active<Advisory>>>
  readonly known: Map<string, KnownFirmware>
}

const merged = new WeakMap<Knowledge, OfKnowledge>()

const ofKnowledge = (knowledge: Knowledge): OfKnowledge => {
  const before = merged.get(knowledge)
  if (before !== undefined) return before
  const advisories = new Map<string, Array<Active<Advisory>>>()
  const items = [...knowledge.items].filter(([item]) => kindOfItem(item) === ADVISORY_KIND)
  for (const [, active] of items.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { vendor, affected } = (active as Active<Advisory>).body
    for (const cls of new Set(affected.map((one) => one.class))) {
      const key = modelKey(vendor, cls)
      advisories.set(key, [...(advisories.get(key) ?? []), active as Active<Advisory>])
    }
  }
  const made = { advisories, known: new Map<string, KnownFirmware>() }
  merged.set(knowledge, made)
  return made
}

/** Null where no bundle is in force, which names who may list anything. */
export const firmwareOf = (knowledge: Knowledge, vendor: string, deviceClass: string): KnownFirmware | null => {
  const { bundle, items } = knowledge
  if (bundle === null) return null
  const key = modelKey(vendor, deviceClass)
  const ofRoots = ofBundle(bundle)
  const before = ofRoots.known.get(key) ?? ofRoots.nothing
  const references = items.get(itemKey("reference-values", referencesSubject(vendor, deviceClass))) as
    | Active<References>
    | undefined
  const { advisories, known } = ofKnowledge(knowledge)
  const about = advisories.get(key)
  // Only what somebody has signed makes an entry below: the names that strangers claim are without number.
  if (references?.body.firmware === undefined && (about === undefined || before.model === null)) return before
  let found = known.get(key)
  if (found === undefined) {
    const listed = references?.body.firmware === undefined ? (before as Merged) : withMaker(before, references, bundle)
    found = about === undefined ? listed : withAdvisories(listed, about, deviceClass)
    known.set(key, found)
  }
  return found
}

/** The worst of what is said of one digest. */
export const worstOf = (same: ReadonlyArray<Listed>): ReferenceStatus =>
  REFERENCE_STATUSES[Math.max(...same.map(({ status }) => REFERENCE_STATUSES.indexOf(status)))]!

/** Whether a release is listed as good by what is in force at a time: the roots' list, or the maker's until it ends. */
export const isCurrent = ({ until, ofRoots }: FirmwareModel, one: Listed, time: number): boolean =>
  ofRoots.has(one) || (until !== null && until > time)
