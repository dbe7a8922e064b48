/**
 * The measured-boot event log in its crypto-agile form (TCG PC Client Platform Firmware Profile, section 10): what was measured, and
 * what the PCRs come to if it is true. Only digests count: the data of an event is whatever the sender wrote.
 */
import { hash } from "node:crypto"
import { MalformedError } from "../malformed.ts"
import { ALG } from "./public-area.ts"

export const MAX_LOG_BYTES = 128 * 1024
const MAX_EVENTS = 1_024
const MAX_ALGORITHMS = 8
const PCRS = 24
const NO_ACTION = 3
const SIGNATURE = Buffer.from("Spec ID Event03\0", "latin1")
const ZEROS = new Uint8Array(32)
const LOCALITY = Buffer.from("StartupLocality\0", "latin1")

export interface MeasuredEvent {
  readonly pcr: number
  readonly type: number
  /** Of the SHA-256 bank. */
  readonly digest: Uint8Array
}

export interface EventLog {
  /** What was extended, in order. */
  readonly events: ReadonlyArray<MeasuredEvent>
  /** The SHA-256 values that follow, of every PCR that an event names. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>
}

/** Little-endian, unlike what a TPM itself writes. */
class LogReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  take(size: number): Buffer {
    if (size > this.#bytes.length - this.#at) throw new MalformedError(`the event log ends within ${size} bytes`)
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  u8(): number {
    return this.take(1)[0]!
  }

  u16(): number {
    return this.take(2).readUInt16LE(0)
  }

  u32(): number {
    return this.take(4).readUInt32LE(0)
  }
}

/** The first event, in the old form: which digests each later one has, by algorithm. */
const readHeader = (from: LogReader): ReadonlyMap<number, number> => {
  const pcr = from.u32()
  const type = from.u32()
  from.take(20)
  const body = new LogReader(from.take(from.u32()))
  if (pcr !== 0 || type !== NO_ACTION || !body.take(SIGNATURE.length).equals(SIGNATURE))
    throw new MalformedError(
      "the event log does not begin with Spec ID Event03: the form with SHA-1 alone is not taken",
    )
  body.take(8) // platform class, version, errata, size of UINTN
  const count = body.u32()
  if (count === 0 || count > MAX_ALGORITHMS) throw new MalformedError(`an event log with ${count} algorithms`)
  const sizes = new Map<number, number>()
  for (let n = 0; n < count; n++) sizes.set(body.u16(), body.u16())
  body.take(body.u8())
  if (!body.isAtEnd || sizes.get(ALG.sha256) !== 32 || sizes.size !== count)
    throw new MalformedError("an event log without one SHA-256 of 32 bytes")
  return sizes
}

const readDigest = (from: LogReader, sizes: ReadonlyMap<number, number>): Buffer => {
  if (from.u32() !== sizes.size) throw new MalformedError("an event without one digest of each algorithm")
  const found = new Map<number, Buffer>()
  for (let n = 0; n < sizes.size; n++) {
    const algorithm = from.u16()
    const size = sizes.get(algorithm)
    if (size === undefined || found.has(algorithm)) throw new MalformedError(`a digest of the algorithm ${algorithm}`)
    found.set(algorithm, from.take(size))
  }
  return found.get(ALG.sha256)!
}

/** PCR 0 of a TPM that was started at a locality (section 10.4.5.3) begins with it; all others of the boot with zeros. */
const localityOf = (pcr: number, data: Buffer): number | null =>
  pcr === 0 && data.length === LOCALITY.length + 1 && data.subarray(0, -1).equals(LOCALITY) ? data.at(-1)! : null

/**
 * Reads a log and extends the PCRs with it.
 * @throws MalformedError for what is no such log
 */
export const replayEventLog = (bytes: Uint8Array): EventLog => {
  if (bytes.length > MAX_LOG_BYTES) throw new MalformedError(`an event log of more than ${MAX_LOG_BYTES} bytes`)
  const from = new LogReader(bytes)
  const sizes = readHeader(from)
  const events: Array<MeasuredEvent> = []
  const pcrs = new Map<number, Uint8Array>()
  const both = Buffer.alloc(64)
  let read = 0
  while (!from.isAtEnd) {
    if (++read > MAX_EVENTS) throw new MalformedError(`an event log with more than ${MAX_EVENTS} events`)
    const pcr = from.u32()
    const type = from.u32()
    const digest = readDigest(from, sizes)
    const data = from.take(from.u32())
    if (type === NO_ACTION) {
      const locality = localityOf(pcr, data)
      if (locality === null) continue
      if (pcrs.has(0)) throw new MalformedError("the locality of the start stands behind an event of PCR 0")
      pcrs.set(0, Buffer.concat([new Uint8Array(31), Uint8Array.of(locality)]))
      continue
    }
    if (pcr >= PCRS) throw new MalformedError(`an event of PCR ${pcr}`)
    both.set(pcrs.get(pcr) ?? ZEROS, 0)
    both.set(digest, 32)
    pcrs.set(pcr, hash("sha256", both, "buffer"))
    events.push({ pcr, type, digest })
  }
  return { events, pcrs }
}
