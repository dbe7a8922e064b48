/** Mutations: of bytes, and of what texts of these formats are made of. Each follows from the numbers that it draws. */
import type { Random } from "@assay/fleet"

type Mutation = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer

/** No input grows beyond this, so that a run is bounded. The parsers' own bounds lie below, or are tried by `REPEATED`. */
export const MAX_INPUT = 1 << 20
const REPEATED = [2, 2, 16, 64, 1_000, 20_000]

/** What parsers have stumbled over: numbers at the edges, names of prototypes, brackets, line ends, code points. */
const WORDS: ReadonlyArray<string> = [
  ...'0 -0 1e999 -1 9007199254740993 1e-400 0x10 NaN Infinity null true {} [] "" ,'.split(" "),
  ...["__proto__", "constructor", "toString", "..", "%2e%2e", "\\u0000", "\\ud800", "\r\n", "\n\n", "\u202e", "\u0085"],
  ...[
    "did:key:z",
    "did:jwk:",
    "u4pwH",
    ".",
    "..",
    "=",
    "+",
    "*",
    "&a",
    "*a",
    "!!js/function",
    "---\n",
    "- ",
    ": ",
    "#",
  ],
]
const BYTES = [0x00, 0x01, 0x0a, 0x22, 0x2e, 0x5c, 0x7f, 0x80, 0xc0, 0xed, 0xfe, 0xff]

const cut = (bytes: Buffer, random: Random): [number, number] => {
  const from = random.below(bytes.length + 1)
  return [from, Math.min(bytes.length, from + random.below(Math.min(bytes.length, 64) + 1))]
}
const spliced = (bytes: Buffer, from: number, to: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)])

const MUTATIONS: ReadonlyArray<Mutation> = [
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8)
    return copy
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[random.below(copy.length)] = random.pick(BYTES)
    return copy
  },
  (bytes, random) => spliced(bytes, ...cut(bytes, random), Buffer.alloc(0)),
  (bytes, random) => Buffer.from(bytes.subarray(0, random.below(bytes.length + 1))),
  (bytes, random) => spliced(bytes, ...cut(bytes, random), Buffer.from(random.pick(WORDS))),
  (bytes, random) => {
    const at = random.below(bytes.length + 1)
    return spliced(bytes, at, at, Buffer.from(random.pick(WORDS)))
  },
  (bytes, random) => {
    const [from, to] = cut(bytes, random)
    const piece = bytes.subarray(from, to)
    const times = Math.min(random.pick(REPEATED), Math.floor(MAX_INPUT / Math.max(1, piece.length)))
    return spliced(bytes, to, to, Buffer.concat(Array.from({ length: times }, () => piece)))
  },
  (bytes, random, other) => {
    const [from, to] = cut(bytes, random)
    const [start, end] = cut(Buffer.from(other), random)
    return spliced(bytes, from, to, other.subarray(start, end))
  },
  (bytes, random) => numberChanged(bytes, random),
]

/** Replaces one number of a text, which a change of single bytes seldom does well. */
const numberChanged = (bytes: Buffer, random: Random): Buffer => {
  const text = bytes.toString("latin1")
  const numbers = [...text.matchAll(/-?[0-9]+/g)]
  if (numbers.length === 0) return bytes
  const { 0: found, index } = random.pick(numbers)
  const value = random.pick(["0", "-1", "1e309", "4294967296", "9007199254740992", `${found}0`, `-${found}`])
  return spliced(bytes, index, index + found.length, Buffer.from(value))
}

/** One to four mutations of one of the seeds. */
export const mutated = (seeds: ReadonlyArray<Uint8Array>, random: Random): Buffer => {
  let bytes: Buffer = Buffer.from(random.pick(seeds))
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--)
    bytes = random.pick(MUTATIONS)(bytes, random, random.pick(seeds)).subarray(0, MAX_INPUT)
  return bytes
}
