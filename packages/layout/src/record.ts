/**
 * A layout whose states are bytes, behind accessors with the names of the fields. `field-places.ts` says where each field lies.
 *
 * A sealed state keeps its bytes as a string of one-byte characters: immutable by nature, on V8's own heap, and nothing
 * for the collector to look into. A view reads them where somebody else keeps them. Reading a field copies the bytes into
 * the layout's one reading buffer, unless they are there already, and decodes that field alone. A draft has a buffer of its own, taken from a pool to which it goes back
 * when the draft is sealed or discarded, so that a change costs no memory but the new string.
 */
import { type Accessors, accessorsOf, type OpenDraft } from "./accessors.ts"
import { Check } from "./check.ts"
import { DamagedState } from "./errors.ts"
import { hasRequired, placeRecord, type RecordFields, roomToChange } from "./field-places.ts"
import { broughtOver, type Former } from "./former.ts"
import type { DraftOf, RecordLayout, Sealed } from "./record-types.ts"
import type { Open, Stored } from "./sealed-form.ts"

const newOpen = (size: number): Open => {
  const bytes = Buffer.alloc(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size) }
}

/** Writes a state's bytes, from `start` on. */
const copyTo = ({ sealed, _from, _at, _size }: Stored, to: Buffer, start: number): void => {
  if (sealed !== null) to.write(sealed, start, "latin1")
  else _from!.copy(to, start, _at, _at + _size)
}

/** @throws TypeError where a version is said twice, or a field is none */
export const recordLayout = <const Fields extends RecordFields, Before extends RecordFields = RecordFields>(declared: {
  readonly name: string
  /** 1 to 255; raised with every change of the fields. */
  readonly version: number
  readonly fields: Fields
  /** Left out: states of this version alone are read. */
  readonly former?: Former<Before, Fields>
}): RecordLayout<Fields> => {
  const { name, version, fields, former } = declared
  const versions = [version, ...(former?.layout.versions ?? [])]
  if (new Set(versions).size < versions.length)
    throw new TypeError(`${name}: version ${version} is that of a former one`)
  const record = placeRecord(declared.fields)
  const { headBytes, maxBytes } = record
  const openBytes = maxBytes + roomToChange(record)
  const mustBeSet = hasRequired(record)

  const shown: { state: unknown } = { state: null }
  const reading = newOpen(maxBytes)
  const made: Accessors = accessorsOf(record, {
    shown,
    reading,
    show: (state) => {
      copyTo(state, reading.bytes, 0)
      shown.state = state
    },
  })

  const blank = newOpen(headBytes)
  blank.bytes[0] = version
  for (const { at, scalar } of record.scalars) scalar.write(blank.view, blank.bytes, at, scalar.initial)
  for (const { at, max, item } of record.arrays)
    for (let i = 0; i < max; i++)
      for (const part of item.scalars)
        part.scalar.write(blank.view, blank.bytes, at + i * item.headBytes + part.at, part.scalar.initial)

  const pool: Array<Open> = []
  const retire = (draft: OpenDraft): void => {
    pool.push(draft._open)
    made.retire(draft)
  }
  const inUse = (draft: unknown): OpenDraft => {
    const open = draft as OpenDraft
    if (open.bytes.length !== openBytes) throw new TypeError("a draft that was sealed or discarded before")
    return open
  }

  /** Checks the first bytes of the reading buffer. @throws DamagedState */
  const checkRead = (length: number): void => {
    if (length > maxBytes) throw new DamagedState(name, "oversize", `${length} bytes, where ${maxBytes} is the most`)
    new Check(name, reading, length).record(record, versions)
  }

  /** @throws RangeError */
  const checkSet = (open: OpenDraft): void => {
    try {
      new Check(name, open, open._size).record(record, versions)
    } catch (error) {
      if (!(error instanceof DamagedState)) throw error
      throw new RangeError(error.message, { cause: error })
    }
  }

  type State = Sealed<Fields>
  /** The members that only the layout knows of. */
  const stored = (state: State): Stored => state as unknown as Stored
  type Draft = DraftOf<Fields>
  const isFormer = (found: number | undefined): boolean =>
    found !== undefined && found !== version && versions.includes(found)
  const layout: RecordLayout<Fields> = {
    name,
    version,
    versions,
    fields,
    minBytes: headBytes,
    maxBytes,
    sizeOf: (state) => stored(state)._size,
    write: (state, to, at) => copyTo(stored(state), to, at),
    encode: (state) => {
      const bytes = Buffer.alloc(stored(state)._size)
      copyTo(stored(state), bytes, 0)
      return bytes
    },
    decode: (given) => {
      const { length } = given
      if (isFormer(given[0])) return broughtOver(layout, former!, given)
      shown.state = null
      if (length <= maxBytes) reading.bytes.set(given)
      checkRead(length)
      const state = made.state(reading.bytes.toString("latin1", 0, length)) as State
      shown.state = state
      return state
    },
    view: (bytes, at, size) => made.view(bytes, at, size) as State,
    checkedView: (bytes, at, size) => {
      if (isFormer(bytes[at])) return broughtOver(layout, former!, bytes.subarray(at, at + size))
      shown.state = null
      // Where the bytes end too early, the rest of what stood there before must not be taken for theirs.
      const found = Math.min(size, bytes.length - at)
      if (found <= maxBytes) bytes.copy(reading.bytes, 0, at, at + found)
      checkRead(found)
      const state = made.view(bytes, at, found) as State
      shown.state = state
      return state
    },
    draft: (from) => {
      const open = pool.pop() ?? newOpen(openBytes)
      if (from === undefined) {
        open.bytes.set(blank.bytes)
        return made.draft(open, headBytes) as unknown as Draft
      }
      copyTo(stored(from), open.bytes, 0)
      return made.draft(open, stored(from)._size) as unknown as Draft
    },
    seal: (draft) => {
      const open = inUse(draft)
      try {
        // Only an item that was added can lack a value.
        if (mustBeSet && open._shifts > 0) checkSet(open)
        return made.state(open.bytes.toString("latin1", 0, open._size)) as State
      } finally {
        retire(open)
      }
    },
    discard: (draft) => retire(inUse(draft)),
  }
  return layout
}
