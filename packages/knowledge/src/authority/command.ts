/**
 * Operator commands: one token per operator, `typ` `m2m-control+jwt`, payload `{iss, aud, log, iat, exp, seq, target, verb,
 * reason}` (times in seconds), and `value` for resync, `devices` for rebaseline, `evidence` for a device's life, `label` for its name,
 * `revocation` for a revocation that reaches back. `aud` is the trust domain and `log` the name of the log (`logName`): a command counts in one
 * log only. Operators sign the same text: all tokens of a command agree on verb, target and reason. Their signatures are
 * checked here, while the replay of a `seq` is judged by `command-replay.ts`, because that takes the state of the partition.
 */
import { type Documents, NO_DOCUMENTS, type ReadToken, readToken, verifiedKey } from "@assay/credentials"
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import {
  base64urlSha256,
  dictionary,
  formatPath,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  readShape,
  text,
  type ValueOf,
} from "@assay/jose/shape"
import {
  type ControlFact,
  type FixedVerb,
  isLifeVerb,
  isOfDocument,
  LIFE_SIGNERS,
  type LogIdentity,
  logName,
  parseCredentialTarget,
  parseDocumentKeyTarget,
  parseErasureTarget,
  REVOCABLE,
  type ReasonCode,
  type RootSet,
  type TrustBundle,
  VERBS,
  type Verb,
} from "@assay/trust"
import { openClaim } from "./claim.ts"
import type { UsedSequence } from "./command-replay.ts"
import { openErasure } from "./erasure.ts"
import { splitOpening } from "./opening.ts"
import { openRejudgement } from "./rejudgement.ts"
import { openPart } from "./revocation.ts"

export const CONTROL_TYP = "m2m-control+jwt"
/** A command that waits longer was decided on facts that have passed. */
export const MAX_LIFETIME_S = 86_400
/** How far an operator's clock may run ahead of the log's, in milliseconds. */
export const MAX_SKEW_MS = 60_000
const MAX_TOKENS = 16
/** Devices that one command can name. More take several commands. */
export const MAX_DEVICES = 256

/** Letters, digits and spaces of any script; nothing that a terminal or a page would take for a command. */
const plain = text(128, /^[^\p{C}\p{Zl}\p{Zp}]+$/u, "one line of text")
const LABEL = /^[a-z][a-z0-9._-]{0,31}$/
const MAX_LABELS = 16

/** Of a log whose revocations reach back: each has its own list. */
const MAX_PARTITIONS = 1_024

const order = object({
  iss: text(1024),
  aud: text(512),
  log: text(128),
  iat: integer(),
  exp: integer(),
  seq: integer(),
  target: text(1024),
  verb: oneOf(VERBS),
  reason: text(512),
  // Of `resync`: SHA-256 of the one-time value, base64url.
  value: optional(base64urlSha256, null),
  // Of `rebaseline`: each device by its DID, sorted, each once.
  devices: optional(list(text(1024, /^did:/, "a DID"), MAX_DEVICES, 1), null),
  // Of a device's life: SHA-256 of what it rests on, base64url; of `claim`, of its opening.
  evidence: optional(base64urlSha256, null),
  // Of `label`.
  label: optional(object({ name: nullable(plain), labels: dictionary(LABEL, plain, MAX_LABELS) }), null),
  // Of `revoke`, where it is of a credential or an issuer, or from a time on.
  revocation: optional(
    object({
      of: oneOf(REVOCABLE),
      from: integer(),
      list: nullable(object({ heads: list(nullable(base64urlSha256), MAX_PARTITIONS, 1), decisions: integer() })),
    }),
    null,
  ),
})
type Order = ValueOf<typeof order>

export interface OpenedCommand {
  readonly fact: ControlFact
  /** The number that each signer used; to be refused (`control.replayed`) where it is not above the signer's last one. */
  readonly sequences: ReadonlyArray<UsedSequence>
  /** What was wrong, for people; null where the command is accepted. */
  readonly detail: string | null
  /** Of an erasure that carries its opening: what keys the names of erased devices, where nothing does yet. */
  readonly nonce?: string
}

/** Verbs that loosen something: they need knowledge that is still in force. Tightening must always be possible. */
const LOOSENING: ReadonlySet<Verb> = new Set<Verb>([
  "release",
  "breaker-override",
  "erase",
  "rejudge",
  "resync",
  "rebaseline",
  "claim",
  "attest",
  "resume",
  "transfer",
  // Another device may have the hardware then.
  "unbind",
])

/** Where nobody asks for the roots, none have signed. */
const NO_ROOTS: RootSet = { roots: [], threshold: Number.POSITIVE_INFINITY }

/** Whatever a bundle says. */
const FIXED: Readonly<Record<FixedVerb, number>> = { erase: 2, rejudge: 2, ...LIFE_SIGNERS, label: 1, unbind: 2 }

const isFixed = (verb: Verb): verb is FixedVerb => Object.hasOwn(FIXED, verb)

/** Distinct operators that a verb needs. The floor of 2 holds whatever a bundle says. */
const thresholdOf = (bundle: TrustBundle, verb: Exclude<Verb, FixedVerb>): number =>
  Math.max(verb === "quarantine" || verb === "release" ? 1 : 2, bundle.thresholds[verb] ?? 2)

/**
 * What a command's tokens amount to under the bundle in force.
 * @param time of the entry, milliseconds since 1970
 * @param log where the entry lies
 * @param elements signed tokens; those of an erasure with their opening, but in the audit record
 * @param roots in force, who may sign an erasure
 * @param documents of operators whose DID is no key
 */
export const openCommand = (
  elements: ReadonlyArray<string>,
  bundle: TrustBundle,
  time: number,
  log: LogIdentity,
  roots: RootSet = NO_ROOTS,
  documents: Documents = NO_DOCUMENTS,
): OpenedCommand => {
  const { tokens, openings } = splitOpening(elements)
  if (openings.length > 1) return unreadable("control.malformed", "a command has one opening")
  if (tokens.length === 0 || tokens.length > MAX_TOKENS)
    return unreadable("control.malformed", `a command has 1 to ${MAX_TOKENS} tokens`)
  const orders: Order[] = []
  for (const token of tokens) {
    const read = readToken(token, CONTROL_TYP)
    if ("detail" in read) return unreadable("control.malformed", read.detail)
    const found = readOrder(read)
    if (typeof found === "string") return unreadable("control.malformed", found)
    // Only an operator's signature is worth checking: anybody else could make us check many.
    const isRoot = found.verb === "erase" && roots.roots.includes(found.iss)
    if (!isRoot && !bundle.operators.some(({ did }) => did === found.iss))
      return unreadable("control.not_operator", `${found.iss} is no operator`)
    const late = whyNoDocument(found, documents, time)
    if (late !== null) return unreadable("control.operator_document", late)
    const key = verifiedKey(read.jws, found.iss, documents)
    const forged = "detail" in key ? key.detail : whyEnded(read, found, documents, time)
    if (forged !== null) return unreadable("control.signature_invalid", forged)
    orders.push(found)
  }
  const first = orders[0]!
  const said = textOf(first)
  if (orders.some((order) => textOf(order) !== said))
    return unreadable("control.malformed", "the tokens name different verbs, targets or reasons: sign the same text")
  const misplaced = whyMisplaced(first)
  if (misplaced !== null) return unreadable("control.malformed", misplaced)
  if (first.revocation !== null && openings.length === 1) return partOf(orders, openings[0]!)
  const weighed = weigh(orders, bundle, time, log, roots)
  if (first.verb === "erase") return erasing(weighed, tokens, openings, roots)
  if (first.verb === "rejudge") return rejudging(weighed, openings)
  if (first.verb === "claim") return claiming(weighed, openings, bundle)
  return openings.length === 0 ? weighed : STRAY
}

/** Why nothing is known of an operator's keys. What loosens needs a document that still counts; tightening must always be possible. */
const whyNoDocument = ({ iss, verb }: Order, documents: Documents, time: number): string | null => {
  if (!hasDocument(iss)) return null
  const document = documents(iss)
  if (document === null) return `no document of ${iss} is in force`
  if (document.expires > time || !LOOSENING.has(verb)) return null
  return `the document of ${iss} counts no more since ${new Date(document.expires).toISOString()}, and this verb would loosen`
}

/** Why the key that the token names by a document signs no more; null where it does. */
const whyEnded = ({ jws }: ReadToken, { iss }: Order, documents: Documents, time: number): string | null => {
  const fragment = jws.header.kid.slice(iss.length + 1)
  const until = hasDocument(iss) ? documents(iss)?.body.keys.find((one) => one.fragment === fragment)?.until : null
  return (until ?? Number.POSITIVE_INFINITY) > time ? null : `#${fragment} of ${iss} has ended`
}

/**
 * A part of the list of a revocation. Whether operators have signed for it, its hash tells, which the last stage knows from the command
 * or from the part before: so the time, the rights and the number of the tokens that travel with it say nothing here.
 */
const partOf = (orders: ReadonlyArray<Order>, opening: string): OpenedCommand => {
  const { verb, target, reason, revocation } = orders[0]!
  const part = openPart(opening)
  if (part === null || revocation === null)
    return unreadable("control.malformed", "the opening is no part of the list of a revocation")
  const signers = [...new Set(orders.map(({ iss }) => iss))]
  const what = { kind: "command", verb, target, signers, reason, revocation: { ...revocation, part } } as const
  return { fact: { accepted: true, reasons: [], what }, sequences: [], detail: null }
}

/** A rejudgement names a hash, and its opening tells of which messages and devices. */
const rejudging = (weighed: OpenedCommand, [opening]: ReadonlyArray<string>): OpenedCommand => {
  const { what } = weighed.fact
  if (what.kind !== "command") return weighed
  const rejudgement = opening === undefined ? null : openRejudgement(what.target, opening)
  if (rejudgement === null)
    return unreadable("control.malformed", "a rejudgement carries the opening whose hash its target names")
  return { ...weighed, fact: { ...weighed.fact, what: { ...what, rejudgement } } }
}

/** A claim names the hash of its opening, which has the voucher and what the device signed. */
const claiming = (weighed: OpenedCommand, [opening]: ReadonlyArray<string>, bundle: TrustBundle): OpenedCommand => {
  const { what } = weighed.fact
  if (what.kind !== "command" || !weighed.fact.accepted) return weighed
  const claim = opening === undefined ? "a claim carries its opening" : openClaim(what, opening, bundle)
  if (typeof claim === "string")
    return {
      ...weighed,
      fact: { ...weighed.fact, accepted: false, reasons: ["control.voucher_refused"] },
      detail: claim,
    }
  return { ...weighed, fact: { ...weighed.fact, what: { ...what, claim } } }
}

/** What operators sign together. */
const textOf = ({ verb, target, reason, value, devices, evidence, label, revocation }: Order): string =>
  JSON.stringify([verb, target, reason, value, devices, evidence, label, revocation])

/** Whether a did:key is the one name of a key that can sign. */
const isKeyId = (did: string): boolean => !("reason" in resolveDeviceKey(did)) && keyIdOfDid(did) === did

/** Members that belong to one verb stand with that verb, and only with it. */
const whyMisplaced = ({ verb, target, value, devices, evidence, label, revocation }: Order): string | null => {
  if (revocation !== null && verb !== "revoke") return `${verb} has no revocation`
  if (revocation?.of === "credential" && parseCredentialTarget(target) === null)
    return "the target of the revocation of a credential is urn:assay:credential:HASH"
  if (revocation !== null && isOfDocument(revocation.of)) {
    const named = parseDocumentKeyTarget(target)
    if (named === null || !hasDocument(named.did) || !isKeyId(named.keyId))
      return "the target of the revocation of one key of a document is its DID, # and the did:key of the key"
  }
  if (revocation !== null && revocation.of !== "credential" && !target.startsWith("did:"))
    return `the target of the revocation of ${revocation.of === "key" ? "a key" : "an issuer"} is a DID`
  if (evidence !== null && !isLifeVerb(verb)) return `${verb} has no evidence`
  if (evidence === null && (verb === "claim" || verb === "attest"))
    return `${verb} names the hash of what it rests on (evidence)`
  if ((verb === "label") !== (label !== null))
    return verb === "label" ? "label names what the device is called (label)" : `${verb} has no label`
  if ((isLifeVerb(verb) || verb === "label" || verb === "unbind") && !target.startsWith("did:"))
    return `the target of ${verb} is a DID`
  if ((verb === "resync") !== (value !== null))
    return verb === "resync" ? "resync names the hash of the one-time value (value)" : `${verb} has no value`
  if ((verb === "rebaseline") !== (devices !== null))
    return verb === "rebaseline" ? "rebaseline names its devices (devices)" : `${verb} has no list of devices`
  const isSorted = devices === null || devices.every((one, n) => n === 0 || one > devices[n - 1]!)
  return isSorted ? null : "devices must be sorted, each once"
}

/** An erasure names a pseudonym, and its opening tells of which device. The audit record has none: then nothing is done. */
const erasing = (
  weighed: OpenedCommand,
  tokens: ReadonlyArray<string>,
  openings: ReadonlyArray<string>,
  roots: RootSet,
): OpenedCommand => {
  const { what } = weighed.fact
  if (what.kind !== "command") return weighed
  if (parseErasureTarget(what.target) === null)
    return unreadable("control.malformed", "the target of an erasure is made by assay erase")
  const opened = openings[0] === undefined ? null : openErasure(what.target, openings[0])
  if (openings[0] !== undefined && opened === null)
    return unreadable("control.malformed", "the opening is not that of the target that was signed")
  const erasure = {
    device: opened?.device ?? null,
    byRoots: countSigners(what.signers, roots).roots >= roots.threshold,
    tokens,
  }
  const fact: ControlFact = { ...weighed.fact, what: { ...what, erasure } }
  return { ...weighed, fact, ...(opened === null ? {} : { nonce: opened.nonce }) }
}

/** How many signed, and how many of them are roots. Keys count, not the names of keys. */
const countSigners = (signers: ReadonlyArray<string>, { roots }: RootSet) => {
  const rootKeys = new Set(roots.map(keyIdOfDid))
  const keys = [...new Set(signers.map(keyIdOfDid))]
  return { all: keys.length, roots: keys.filter((key) => rootKeys.has(key)).length }
}

/**
 * Why these signers do not erase, or null. Operators and roots are two bodies, and each decides alone: signatures of both
 * never add up, for else roots below their threshold, or one operator, would need nobody else of their own.
 */
const whyNoErasure = (signers: ReadonlyArray<string>, rootSet: RootSet): string | null => {
  const { all, roots } = countSigners(signers, rootSet)
  if (roots === 0) return whyTooFew(all, FIXED.erase)
  if (roots < all) return "operators and roots signed, and an erasure is signed by either, not by both"
  return roots >= rootSet.threshold ? null : `${roots} of ${rootSet.threshold} roots signed`
}

/**
 * Verbs that concern no single partition: they lie in every one, and each does its part. A revocation is of a key, whose other
 * DIDs have other home partitions, and so is the end of a device's life; a new baseline is for many devices.
 */
const FLEET_WIDE: ReadonlySet<Verb> = new Set<Verb>(["breaker-override", "revoke", "rebaseline", "transfer", "retire"])

export const isFleetWide = (verb: Verb): boolean => FLEET_WIDE.has(verb)

/**
 * What a command says that it is about, nothing checked: it only tells where the command must lie. The device of an erasure
 * is in its opening, since what is signed does not name it; so is a device of a rejudgement. `partition`: the part of a revocation's list
 * lies there, and nowhere else. Null: it cannot be read.
 */
export const claimedTarget = (
  elements: ReadonlyArray<string>,
): (Pick<Order, "verb" | "target"> & { readonly partition?: number }) | null => {
  const { tokens, openings } = splitOpening(elements)
  const read = readToken(tokens[0] ?? "", CONTROL_TYP)
  if ("detail" in read) return null
  const found = readOrder(read)
  if (typeof found === "string") return null
  const [opening] = openings
  const part = opening === undefined || found.revocation === null ? null : openPart(opening)
  if (part !== null) return { ...found, partition: part.partition }
  const device =
    opening === undefined
      ? undefined
      : (openErasure(found.target, opening)?.device ?? openRejudgement(found.target, opening)?.home)
  return device === undefined ? found : { verb: found.verb, target: device }
}

const readOrder = (read: ReadToken): Order | string => {
  const shaped = readShape(order, read.payload)
  if ("value" in shaped) return shaped.value
  return `${formatPath(shaped[0]!.path)} ${shaped[0]!.message}`
}

const whyTooFew = (signed: number, needed: number): string | null =>
  signed >= needed ? null : `${signed} of ${needed} operators signed`

/** Everything but the signatures, which hold. */
const weigh = (
  orders: ReadonlyArray<Order>,
  bundle: TrustBundle,
  time: number,
  log: LogIdentity,
  roots: RootSet,
): OpenedCommand => {
  const here = logName(log)
  const { verb, target, reason, value, devices, evidence, label, revocation } = orders[0]!
  const more = {
    ...(value === null ? {} : { value }),
    ...(devices === null ? {} : { devices }),
    ...(evidence === null ? {} : { evidence }),
    ...(label === null ? {} : { label }),
    ...(revocation === null ? {} : { revocation }),
  }
  const signers = [...new Set(orders.map(({ iss }) => iss))]
  // A bundle names each key once; two tokens of one key are one signer all the same.
  const keys = new Set(signers.map(keyIdOfDid))
  const reasons: ReasonCode[] = []
  let detail = ""
  const refuse = (code: ReasonCode, what: string): void => {
    if (!reasons.includes(code)) reasons.push(code)
    if (detail === "") detail = what
  }
  for (const { iss, aud, log: meant, iat, exp } of orders) {
    if (aud !== bundle.trustDomain) refuse("control.audience_refused", `aud is ${aud}`)
    if (meant !== here) refuse("control.audience_refused", `log is ${meant}, and this is ${here}`)
    if (iat * 1000 < log.genesis - MAX_SKEW_MS) refuse("control.expired", `issued at ${iat}, before the log began`)
    if (exp * 1000 <= time) refuse("control.expired", `expired at ${exp}`)
    else if (iat * 1000 > time + MAX_SKEW_MS) refuse("control.expired", `issued only at ${iat}`)
    else if (exp <= iat || exp - iat > MAX_LIFETIME_S) refuse("control.expired", `must live 1 to ${MAX_LIFETIME_S} s`)
    const rights = bundle.operators.find(({ did }) => did === iss)?.rights
    const isRoot = verb === "erase" && roots.roots.includes(iss)
    if (!isRoot && rights?.includes(verb) !== true) refuse("control.right_missing", `${iss} may not ${verb}`)
  }
  const needed = isFixed(verb) ? FIXED[verb] : thresholdOf(bundle, verb)
  const tooFew = verb === "erase" ? whyNoErasure(signers, roots) : whyTooFew(keys.size, needed)
  if (tooFew !== null) refuse("control.threshold", tooFew)
  if (LOOSENING.has(verb) && bundle.expires <= time)
    refuse("control.knowledge_expired", "the trust bundle has expired, and this verb would loosen")
  return {
    fact: {
      accepted: reasons.length === 0,
      reasons,
      what: { kind: "command", verb, target, signers, reason, ...more },
    },
    sequences: [...keys].map((signer) => ({
      signer,
      seq: Math.max(...orders.filter(({ iss }) => keyIdOfDid(iss) === signer).map(({ seq }) => seq)),
    })),
    detail: reasons.length === 0 ? null : detail,
  }
}

const unreadable = (reason: ReasonCode, detail: string): OpenedCommand => ({
  fact: { accepted: false, reasons: [reason], what: { kind: "unreadable" } },
  sequences: [],
  detail,
})

const STRAY: OpenedCommand = unreadable(
  "control.malformed",
  "only an erasure, a rejudgement, a claim or a part of a revocation has an opening",
)
