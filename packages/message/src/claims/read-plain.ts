/**
 * Telemetry in the spelling in which machines write it (`@assay/jose/plain`), from the bytes straight to claims and readings.
 * It only says yes: whatever is spelt otherwise, or is not as it must be, is left to `read.ts`, which says what is wrong.
 */
import { ARRAY, OBJECT, PlainReader } from "@assay/jose/plain"
import { type FirmwareClaim, isDelegated, isDigest, type Reading } from "@assay/trust"
import { isAudience } from "./audience.ts"
import { type FirmwareMembers, firmwareOf, isCount } from "./members.ts"
import { type Base, isUnit, MAX_READINGS, MAX_SENML_TEXT, newBase, type Own, resolve } from "./senml.ts"

export interface Telemetry {
  readonly iss: string
  readonly aud: string
  readonly iat: number
  readonly epo: number
  readonly seq: number
  readonly prv: string | null
  readonly fw: FirmwareClaim | null
  readonly readings: ReadonlyArray<Reading>
}

const reader = new PlainReader()

/** Bits of the members, to see that each comes once. */
const MEMBERS = { iss: 1, aud: 2, iat: 4, act: 8, epo: 16, seq: 32, prv: 64, senml: 128, fw: 256 } as const
const REQUIRED = MEMBERS.iss | MEMBERS.aud | MEMBERS.iat | MEMBERS.act | MEMBERS.epo | MEMBERS.seq | MEMBERS.senml

/** Whether a list of bits grew by this one. */
const isNew = (seen: number, bit: number | undefined): bit is number => bit !== undefined && (seen & bit) === 0

/** What a payload of telemetry says, or null where `read.ts` must look at it. */
export const readPlain = (payload: Uint8Array): Telemetry | null => {
  let seen = 0
  let iss = ""
  let aud = ""
  let iat = 0
  let epo = 0
  let seq = 0
  let prv: string | null = null
  let fw: FirmwareClaim | null = null
  let readings: ReadonlyArray<Reading> | null = null
  reader.begin(payload)
  if (!reader.opens(OBJECT)) return null
  for (let name = reader.member(); name !== null; name = reader.member()) {
    const bit = (MEMBERS as Readonly<Record<string, number>>)[name]
    if (!isNew(seen, bit)) return null
    seen |= bit
    switch (bit) {
      case MEMBERS.iss:
        iss = reader.text()
        break
      case MEMBERS.aud:
        aud = reader.word()
        break
      case MEMBERS.iat:
        iat = reader.number()
        break
      case MEMBERS.act:
        if (reader.word() !== "telemetry") return null
        break
      case MEMBERS.epo:
        epo = reader.number()
        break
      case MEMBERS.seq:
        seq = reader.number()
        break
      case MEMBERS.prv:
        prv = reader.textOrNull()
        break
      case MEMBERS.senml:
        // Its times are relative to `iat`.
        readings = (seen & MEMBERS.iat) === 0 ? null : readPack(iat)
        if (readings === null) return null
        break
      case MEMBERS.fw:
        fw = readFirmware()
        if (fw === null) return null
    }
  }
  if (!reader.ends() || (seen & REQUIRED) !== REQUIRED || readings === null) return null
  if (isDelegated(iss) || !isAudience(aud) || !isCount(iat) || !isCount(epo) || !isCount(seq)) return null
  if (prv === null ? seq !== 0 : !isDigest(prv)) return null
  return { iss, aud, iat, epo, seq, prv, fw, readings }
}

const readPack = (now: number): ReadonlyArray<Reading> | null => {
  const base = newBase()
  const readings: Array<Reading> = []
  if (!reader.opens(ARRAY)) return null
  while (reader.item()) {
    const reading = readings.length === MAX_READINGS ? null : readRecord(base, now)
    if (reading === null) return null
    readings.push(reading)
  }
  return readings.length === 0 ? null : readings
}

const RECORD = { bn: 1, bt: 2, bu: 4, n: 8, u: 16, t: 32, v: 64, vs: 128, vb: 256 } as const

const readRecord = (base: Base, now: number): Reading | null => {
  const own: Own = { name: "", unit: null, time: 0, value: null, text: null, flag: null }
  let seen = 0
  if (!reader.opens(OBJECT)) return null
  for (let name = reader.member(); name !== null; name = reader.member()) {
    const bit = (RECORD as Readonly<Record<string, number>>)[name]
    if (!isNew(seen, bit)) return null
    seen |= bit
    switch (bit) {
      case RECORD.bn:
        base.name = reader.text()
        break
      case RECORD.bt:
        base.time = reader.number()
        break
      case RECORD.bu:
        base.unit = reader.word()
        if (!isUnit(base.unit)) return null
        break
      case RECORD.n:
        own.name = reader.word()
        break
      case RECORD.u:
        own.unit = reader.word()
        if (!isUnit(own.unit)) return null
        break
      case RECORD.t:
        own.time = reader.number()
        break
      case RECORD.v:
        own.value = reader.number()
        break
      case RECORD.vs:
        own.text = reader.text()
        if (own.text.length > MAX_SENML_TEXT) return null
        break
      case RECORD.vb:
        own.flag = reader.boolean()
    }
  }
  const values = seen & (RECORD.v | RECORD.vs | RECORD.vb)
  if (values !== RECORD.v && values !== RECORD.vs && values !== RECORD.vb) return null
  const reading = resolve(own, base, now)
  return typeof reading === "string" ? null : reading
}

const FIRMWARE = { vendor: 1, class: 2, digest: 4, version: 8, svn: 16 } as const

const readFirmware = (): FirmwareClaim | null => {
  const found: FirmwareMembers = { vendor: "", class: "", digest: "", version: "", svn: 0 }
  let seen = 0
  if (!reader.opens(OBJECT)) return null
  for (let name = reader.member(); name !== null; name = reader.member()) {
    const bit = (FIRMWARE as Readonly<Record<string, number>>)[name]
    if (!isNew(seen, bit)) return null
    seen |= bit
    if (name === "svn") found.svn = reader.number()
    else found[name as "vendor" | "class" | "digest" | "version"] = reader.word()
  }
  const claim = seen === 31 ? firmwareOf(found) : null
  return typeof claim === "string" ? null : claim
}
