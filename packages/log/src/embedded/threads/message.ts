/**
 * Writes that one thread asks of another, as they cross: all of one turn of the event loop in one message, whose keys and
 * values lie in one buffer that is handed over and not copied.
 */

import type { PackedError } from "../../packed-error.ts"
import type { Commit, NewRecord } from "../../port.ts"

/** Records of an append or an output: how many there are; their sizes and bytes come next in the message. */
interface Packed {
  readonly stream: string
  readonly records: number
}

export type PackedCall =
  | ({ readonly kind: "append" } & Packed)
  | {
      readonly kind: "commit"
      readonly commit: Omit<Commit, "outputs">
      readonly outputs: ReadonlyArray<Packed>
    }
  | { readonly kind: "swap"; readonly name: string; readonly hasExpected: boolean }

export type Call =
  | { readonly kind: "append"; readonly stream: string; readonly records: ReadonlyArray<NewRecord> }
  | { readonly kind: "commit"; readonly commit: Commit }
  | {
      readonly kind: "swap"
      readonly name: string
      readonly expected: Uint8Array | null
      readonly value: Uint8Array
    }

export interface Numbered {
  readonly id: number
  readonly partition: number
  readonly call: Call
}

export interface Request {
  readonly calls: ReadonlyArray<{ readonly id: number; readonly partition: number; readonly call: PackedCall }>
  /** Key and value of each record in turn; a cell counts as one record of what is expected and what is new. */
  readonly sizes: Uint32Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: PackedError
}

export interface Answers {
  readonly answers: ReadonlyArray<Answer>
}

const EMPTY = new Uint8Array(0)

type Pair = Pick<NewRecord, "key" | "value">

const pairsOf = (call: Call): ReadonlyArray<Pair> => {
  if (call.kind === "append") return call.records
  if (call.kind === "commit") return call.commit.outputs.flatMap(({ records }) => records)
  return [{ key: call.expected ?? EMPTY, value: call.value }]
}

const packedCall = (call: Call): PackedCall => {
  if (call.kind === "append") return { kind: "append", stream: call.stream, records: call.records.length }
  if (call.kind === "swap") return { kind: "swap", name: call.name, hasExpected: call.expected !== null }
  const { outputs, ...commit } = call.commit
  return {
    kind: "commit",
    commit,
    outputs: outputs.map(({ stream, records }) => ({ stream, records: records.length })),
  }
}

/** Copies what the calls carry, once. */
export const packRequest = (calls: ReadonlyArray<Numbered>): Request => {
  const pairs = calls.flatMap(({ call }) => pairsOf(call))
  const sizes = new Uint32Array(pairs.length * 2)
  let total = 0
  pairs.forEach(({ key, value }, nth) => {
    sizes[nth * 2] = key.length
    sizes[nth * 2 + 1] = value.length
    total += key.length + value.length
  })
  const bytes = new Uint8Array(total)
  let at = 0
  for (const { key, value } of pairs) {
    bytes.set(key, at)
    bytes.set(value, at + key.length)
    at += key.length + value.length
  }
  return {
    calls: calls.map(({ id, partition, call }) => ({ id, partition, call: packedCall(call) })),
    sizes,
    bytes,
  }
}

/** The calls as views into the message. */
export const unpackRequest = ({ calls, sizes, bytes }: Request): ReadonlyArray<Numbered> => {
  let nth = 0
  let at = 0
  const next = (): Uint8Array => {
    const from = at
    at += sizes[nth++]!
    return bytes.subarray(from, at)
  }
  const records = (count: number): ReadonlyArray<NewRecord> =>
    Array.from({ length: count }, () => ({ key: next(), value: next() }))
  const unpacked = (call: PackedCall): Call => {
    if (call.kind === "append") return { kind: "append", stream: call.stream, records: records(call.records) }
    if (call.kind === "commit") {
      const outputs = call.outputs.map((output) => ({ stream: output.stream, records: records(output.records) }))
      return { kind: "commit", commit: { ...call.commit, outputs } }
    }
    const expected = next()
    return { kind: "swap", name: call.name, expected: call.hasExpected ? expected : null, value: next() }
  }
  return calls.map(({ id, partition, call }) => ({ id, partition, call: unpacked(call) }))
}
