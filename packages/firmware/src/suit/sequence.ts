/**
 * The commands of a manifest as far as they say which image a component must have (draft-ietf-suit-manifest, section 8.4): a list of
 * commands with their arguments. Where it tries several (A/B slots), each choice is an image of its own.
 */
import { type Cbor, isArray, isBytes, isMap } from "@assay/cose"
import { FirmwareError } from "../error.ts"
import { decodeOf } from "../sign1.ts"
import { digestIn } from "./envelope.ts"

const SET_INDEX = 12
const TRY_EACH = 15
const OVERRIDE = 20
const RUN_SEQUENCE = 32
const IMAGE_DIGEST = 3
const VENDOR = 1
const CLASS = 2

/** Conditions and directives that choose no image: they check, fetch, write, copy, swap or start one. */
const OTHERS: ReadonlySet<number> = new Set([1, 2, 3, 5, 6, 14, 18, 21, 22, 23, 24, 31])

const MAX_CHOICES = 16
const MAX_DEPTH = 4

/** What a device would have, by one way through the commands. */
export interface Choice {
  /** Index of the component to the SHA-256 of its image, hex. */
  readonly digests: ReadonlyMap<number, string>
  /** UUIDs, hex; null where nothing was said. */
  readonly vendor: string | null
  readonly class: string | null
}

interface Going extends Choice {
  readonly digests: Map<number, string>
  vendor: string | null
  class: string | null
  /** To which components a command applies. */
  at: ReadonlyArray<number>
}

const bad = (what: string): FirmwareError => new FirmwareError("firmware.malformed", what)
const copyOf = (one: Going): Going => ({ ...one, digests: new Map(one.digests) })

const override = (going: Going, given: Cbor): void => {
  if (!isMap(given)) throw bad("override-parameters (20) has no map")
  const digest = given.get(IMAGE_DIGEST)
  if (isBytes(digest)) {
    const hex = digestIn(digest, "an image digest").toString("hex")
    for (const index of going.at) going.digests.set(index, hex)
  }
  const [vendor, cls] = [given.get(VENDOR), given.get(CLASS)]
  if (isBytes(vendor)) going.vendor = Buffer.from(vendor).toString("hex")
  if (isBytes(cls)) going.class = Buffer.from(cls).toString("hex")
}

const indexOf = (given: Cbor, components: number): ReadonlyArray<number> => {
  const all = Array.from({ length: components }, (_, index) => index)
  if (given === true) return all
  const chosen = isArray(given) ? given : [given]
  for (const one of chosen)
    if (typeof one !== "number" || !all.includes(one))
      throw bad("set-component-index (12) names no component of the manifest")
  return chosen as ReadonlyArray<number>
}

const walk = (
  bytes: Uint8Array,
  from: ReadonlyArray<Going>,
  components: number,
  depth: number,
): ReadonlyArray<Going> => {
  if (depth > MAX_DEPTH) throw bad(`sequences lie deeper than ${MAX_DEPTH} in each other`)
  const commands = decodeOf(bytes, "a command sequence")
  if (!isArray(commands) || commands.length % 2 !== 0)
    throw bad("a command sequence is no list of commands and arguments")
  let all = from
  for (let n = 0; n < commands.length; n += 2) {
    const [command, argument] = [commands[n]!, commands[n + 1]!]
    if (command === SET_INDEX) for (const one of all) one.at = indexOf(argument, components)
    else if (command === OVERRIDE) for (const one of all) override(one, argument)
    else if (command === TRY_EACH) all = tryEach(argument, all, components, depth)
    else if (command === RUN_SEQUENCE) {
      if (!isBytes(argument)) throw bad("run-sequence (32) has no sequence")
      all = walk(argument, all, components, depth + 1)
    } else if (typeof command !== "number" || !OTHERS.has(command))
      throw new FirmwareError(
        "firmware.unsupported",
        `the manifest has a command that is not known: ${JSON.stringify(command)}`,
      )
  }
  return all
}

const tryEach = (given: Cbor, from: ReadonlyArray<Going>, components: number, depth: number): ReadonlyArray<Going> => {
  if (!isArray(given)) throw bad("try-each (15) has no list of sequences")
  const all = given.flatMap((branch) => {
    // Without an alternative: nothing is done.
    if (branch === null) return from.map(copyOf)
    if (!isBytes(branch)) throw bad("an alternative of try-each (15) is no sequence")
    return walk(branch, from.map(copyOf), components, depth + 1)
  })
  if (all.length > MAX_CHOICES)
    throw new FirmwareError("firmware.unsupported", `the manifest has more than ${MAX_CHOICES} choices`)
  return all
}

/** Every way through the shared commands, and what each leads to. @throws FirmwareError */
export const choicesOf = (sequence: Uint8Array, components: number): ReadonlyArray<Choice> =>
  walk(sequence, [{ digests: new Map(), vendor: null, class: null, at: [0] }], components, 0)
