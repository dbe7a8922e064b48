/**
 * `npm run bench:reliance`: how long the index takes to say which decisions relied on an issuer, and on one device, where so many were
 * made by so many devices. The rows are made up; they are written, sorted, merged and read as those of a log are.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, main } from "@assay/infra/local"
import { chainParts, MAX_RELIED, openPart } from "@assay/knowledge"
import { RelianceIndex, ROW_NUMBERS, rowAt } from "@assay/reliance"
import { describeMachine, machineLine } from "../machine.ts"
import { takeBack } from "./take-back.ts"

const LOG = { epoch: 1, genesis: 0, partitions: 1 }
const BAD = "did:key:zBad"
const GOOD = "did:key:zGood"
/** Messages of one device come a minute apart. */
const DAY_MS = 86_400_000

const perSecond = (count: number, ms: number): string => Math.round(count / (ms / 1000)).toLocaleString("en")

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Every second device has a credential of the bad issuer. @returns names of all devices as rows have them */
const fill = (index: RelianceIndex, rows: number, devices: number): void => {
  const signers = Array.from({ length: devices }, (_, n) => index.signerOf(`did:example:device-${n}`))
  const span = 30 * DAY_MS
  for (let offset = 0; offset < rows; offset++) {
    const device = offset % devices
    const isFirst = offset < devices
    const row = {
      signer: signers[device]!,
      offset,
      time: Math.floor((offset / rows) * span),
      outcome: isFirst ? "annotated" : "verified",
      at: isFirst ? offset : offset - devices,
      key: 0,
    } as const
    index.add(0, row, isFirst ? [{ hash: `credential-${device}`, issuer: device % 2 === 0 ? BAD : GOOD }] : [])
  }
  index.flush(0)
}

const timed = <T>(work: () => T): { readonly found: T; readonly ms: number } => {
  const before = performance.now()
  return { found: work(), ms: performance.now() - before }
}

const signersOf = (index: RelianceIndex): ReadonlySet<number> =>
  new Set(
    index
      .shownIn(0)
      .flatMap(({ signer, credentials }) => (credentials.some(({ issuer }) => issuer === BAD) ? [signer] : [])),
  )

/** The list as operators sign it: cut, chained and opened again. */
const listOf = (rows: Float64Array): { readonly parts: number; readonly bytes: number } => {
  const parts: Array<{ devices: []; decisions: Array<ReturnType<typeof rowAt>>; total: null }> = []
  for (let at = 0; at * ROW_NUMBERS < rows.length; at++) {
    if (at % MAX_RELIED === 0) parts.push({ devices: [], decisions: [], total: null })
    parts.at(-1)!.decisions.push(rowAt(rows, at))
  }
  const { openings } = chainParts(0, parts)
  for (const opening of openings) if (openPart(opening) === null) throw new Error("a part does not open")
  return { parts: openings.length, bytes: openings.reduce((sum, { length }) => sum + length, 0) }
}

export const bench: Command = {
  name: "bench:reliance",
  summary: "Measures how long the index of revocations takes to find what relied on an issuer and on one device.",
  options: {
    rows: { type: "string", value: "N", default: "10000000", help: "decisions in the index" },
    devices: {
      type: "string",
      value: "N",
      default: "100000",
      help: "devices that they are of; half of them by the bad issuer",
    },
    messages: {
      type: "string",
      value: "N",
      default: "20000",
      help: "messages of a real log that are taken back, and reach a file: 8 kB of disk each",
    },
  },
  async run(given) {
    const [rows, devices] = [given.whole("rows", 1, 100_000_000), given.whole("devices", 1, 1_000_000)]
    const machine = describeMachine(null)
    const dir = mkdtempSync(join(tmpdir(), "assay-bench-reliance-"))
    try {
      const index = RelianceIndex.open(dir, LOG)
      const filled = timed(() => fill(index, rows, devices))
      const opened = timed(() => RelianceIndex.open(dir, LOG))
      const issuer = timed(() => opened.found.issuedTo(0, signersOf(opened.found), 0))
      const one = timed(() => opened.found.issuedTo(0, new Set([opened.found.signerOf("did:example:device-2")]), 0))
      const list = timed(() => listOf(issuer.found))
      const messages = given.whole("messages", 1_000, 10_000_000)
      const taken = await takeBack(messages)
      const bytes = readdirSync(dir).reduce((sum, file) => sum + statSync(join(dir, file)).size, 0)
      const value = {
        machine,
        rows,
        devices,
        bytes,
        builtMs: Math.round(filled.ms),
        issuer: { decisions: issuer.found.length / ROW_NUMBERS, ms: Math.round(issuer.ms) },
        device: { decisions: one.found.length / ROW_NUMBERS, ms: Number(one.ms.toFixed(1)) },
        list: { ...list.found, ms: Math.round(list.ms) },
        takenBack: {
          ...taken,
          filledMs: Math.round(taken.filledMs),
          followMs: Math.round(taken.followMs),
          takeBackMs: Math.round(taken.takeBackMs),
          cpuUs: Math.round(taken.cpuUs),
          sinkMs: Math.round(taken.sinkMs),
          sinkCpuUs: Math.round(taken.sinkCpuUs),
        },
      }
      return {
        value,
        lines: [
          machineLine(machine),
          `${rows.toLocaleString("en")} decisions of ${devices.toLocaleString("en")} devices: ${(bytes / 1e6).toFixed(0)} MB, built in ${seconds(filled.ms)}`,
          `what relied on an issuer: ${value.issuer.decisions.toLocaleString("en")} decisions in ${seconds(issuer.ms)}`,
          `what relied on one device: ${value.device.decisions.toLocaleString("en")} decisions in ${value.device.ms} ms`,
          `the list that operators sign: ${list.found.parts.toLocaleString("en")} parts of ${(list.found.bytes / 1e6).toFixed(1)} MB, cut, chained and opened in ${seconds(list.ms)}`,
          `of a real log, one partition and thread: ${messages.toLocaleString("en")} messages signed and judged in ${seconds(taken.filledMs)}, ${taken.decisions.toLocaleString("en")} decisions read into the index in ${seconds(taken.followMs)} (${perSecond(taken.decisions, taken.followMs)} a second), and taken back in ${seconds(taken.takeBackMs)} (${perSecond(taken.decisions, taken.takeBackMs)} a second, ${taken.cpuUs.toFixed(0)} us of CPU each)`,
          `in a file by an exporter that followed meanwhile: the last one after ${seconds(taken.sinkMs)} (${taken.sinkCpuUs.toFixed(0)} us of its CPU each, ${(taken.sinkBytes / 1e6).toFixed(0)} MB)`,
        ],
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

if (import.meta.main) await main(bench)
