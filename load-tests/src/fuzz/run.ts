/**
 * Runs targets in a process with little memory: a parser that hangs or fills the heap ends that process, not the run. A
 * new one goes on behind the input that ended the one before.
 */
import { fork } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cpuOf } from "../bench/cpu.ts"
import { type Input, inputsOf } from "./input.ts"
import type { Finding, Target } from "./target.ts"

/** An input that takes longer is a finding: milliseconds of CPU, so that a busy machine adds nothing. */
const HANGS_MS = 30_000
/** One that waits for something uses no CPU and does not end either: milliseconds by the clock. */
const WAITS_MS = 300_000

export interface TargetReport {
  readonly target: string
  readonly inputs: number
  readonly accepted: number
  /** The slowest input, milliseconds of CPU. */
  readonly slowestMs: number
  readonly findings: ReadonlyArray<Finding>
}

/** What a process is started with. */
export interface Job {
  /** Names, in the order in which they run. */
  readonly targets: ReadonlyArray<string>
  readonly seed: string
  /** For each target. */
  readonly inputs: number
  /** The first input of the first target; the other targets begin at 0. */
  readonly from: number
  /** A file of two 32-bit numbers: which target and which input it is at, so that its end can be blamed on one. */
  readonly place: string
  /** The file that exports the targets. */
  readonly catalogue: string
}

export interface RunOptions {
  readonly seed: string
  /** For each target. */
  readonly inputs: number
  /** Most memory of the heap, MB. */
  readonly heapMb?: number
}

/** @param catalogue the file that exports `targets` */
export const runTargets = async (
  catalogue: string,
  targets: ReadonlyArray<string>,
  { seed, inputs, heapMb = 192 }: RunOptions,
  progress: (target: string, done: number) => void = () => undefined,
): Promise<ReadonlyArray<TargetReport>> => {
  const reports = new Map<string, TargetReport>()
  const add = (report: TargetReport): void => {
    const before = reports.get(report.target)
    reports.set(report.target, before === undefined ? report : added(before, report))
  }
  const dir = mkdtempSync(join(tmpdir(), "assay-fuzz-"))
  const place = join(dir, "place")
  try {
    for (let [rest, from] = [targets, 0]; rest.length > 0; ) {
      const problem = await runChild({ targets: rest, seed, inputs, from, place, catalogue }, heapMb, add, progress)
      if (problem === null) break
      // What the process had counted of this target went with it; no input before this one ended it.
      const at = placeOf(place)
      if (at === null) throw new Error(`the process ended before its first input: ${problem}`)
      const target = rest[at.nth]!
      const { name, bytes } = (await namedInputs(catalogue, target, seed))(at.index)
      const finding = { target, input: name, problem, bytes: Buffer.from(bytes).toString("base64") }
      add({ target, inputs: at.index + 1 - (at.nth === 0 ? from : 0), accepted: 0, slowestMs: 0, findings: [finding] })
      rest = rest.slice(at.nth)
      from = at.index + 1
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  return [...reports.values()]
}

const namedInputs = async (catalogue: string, name: string, seed: string): Promise<(index: number) => Input> => {
  const { targets } = (await import(catalogue)) as { readonly targets: ReadonlyArray<Target> }
  return inputsOf(targets.find((target) => target.name === name)!, seed)
}

/** Null before the first input. */
const placeOf = (file: string): { readonly nth: number; readonly index: number } | null => {
  const bytes = Buffer.alloc(8)
  const open = openSync(file, "r")
  try {
    return readSync(open, bytes, 0, 8, 0) < 8 ? null : { nth: bytes.readUInt32LE(0), index: bytes.readUInt32LE(4) }
  } finally {
    closeSync(open)
  }
}

const added = (a: TargetReport, b: TargetReport): TargetReport => ({
  target: a.target,
  inputs: a.inputs + b.inputs,
  accepted: a.accepted + b.accepted,
  slowestMs: Math.max(a.slowestMs, b.slowestMs),
  findings: [...a.findings, ...b.findings],
})

/** Node writes the state of its heap before it says that there is no memory left. */
const reasonIn = (words: string): string => /^FATAL ERROR: .*/m.exec(words)?.[0] ?? words.trim().split("\n", 1)[0] ?? ""

/** @returns what ended the process before its end, or null */
const runChild = (
  job: Job,
  heapMb: number,
  onReport: (report: TargetReport) => void,
  progress: (target: string, done: number) => void,
): Promise<string | null> =>
  new Promise((resolve) => {
    writeFileSync(job.place, "")
    const child = fork(new URL("./child.ts", import.meta.url), [JSON.stringify(job)], {
      execArgv: [`--max-old-space-size=${heapMb}`],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    })
    let [last, since, hung, words] = ["", { cpu: 0, at: Date.now() }, false, ""]
    child.stderr!.on("data", (chunk) => {
      words = `${words}${chunk}`.slice(0, 20_000)
    })
    const watch = setInterval(() => {
      const at = placeOf(job.place)
      if (at === null) return
      progress(job.targets[at.nth]!, at.index)
      const now = `${at.nth} ${at.index}`
      const here = { cpu: (cpuOf(child.pid!) ?? 0) / 1_000, at: Date.now() }
      if (now !== last) [last, since] = [now, here]
      else if (here.cpu - since.cpu > HANGS_MS || here.at - since.at > WAITS_MS) {
        hung = true
        child.kill("SIGKILL")
      }
    }, 500)
    child.on("message", (report: TargetReport) => onReport(report))
    // What it reported may be read only after it has ended, so both ends are waited for.
    const disconnected = new Promise<void>((done) => child.once("disconnect", done))
    child.once("close", (code, signal) => {
      void disconnected.then(() => {
        clearInterval(watch)
        if (hung) resolve(`does not end within ${HANGS_MS / 1000} s`)
        else resolve(code === 0 ? null : `ends the process (${code ?? signal}): ${reasonIn(words)}`)
      })
    })
  })
