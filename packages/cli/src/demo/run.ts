/** The demo's main job, from an empty directory to a checked log. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge, type Topology } from "@assay/engine"
import { CATALOGUE, type FleetPlan, fleetPlan } from "@assay/fleet"
import { vkeyPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { openNode } from "@assay/node"
import { logDirectory } from "@assay/transparency/storage"
import type { Outcome } from "@assay/trust"
import { UsageError } from "../command.ts"
import { SERVICES } from "../services.ts"
import { verifyLog } from "../verify.ts"
import { feed } from "./feed.ts"
import { type AttackRow, Ledger } from "./ledger.ts"
import { tamperWithCopy } from "./tamper.ts"

export interface DemoOptions {
  readonly dir: string
  readonly devices: number
  readonly messages: number
  readonly seed: string
  readonly topology: Topology
  /** Where the pinned roots of the run go, so that the directory can be replayed; null for nowhere. */
  readonly rootsFile: string | null
  readonly progress: (line: string) => void
  /** Instead of a plan of its own. */
  readonly plan?: FleetPlan
  /** Instead of a book of its own. */
  readonly ledger?: Ledger
}

export interface DemoReport {
  readonly seed: string
  readonly devices: number
  readonly seconds: number
  readonly perSecond: number
  readonly submitted: number
  readonly decided: number
  readonly totals: Record<Outcome, number>
  readonly lost: number
  readonly duplicated: number
  /** Honest messages that were quarantined or rejected. */
  readonly wronged: number
  readonly wrongedExamples: ReadonlyArray<unknown>
  /** Messages of victims after the attack that were not verified. */
  readonly victims: number
  readonly victimExamples: ReadonlyArray<unknown>
  readonly attacks: ReadonlyArray<AttackRow>
  readonly log: {
    readonly leaves: number
    readonly intact: boolean
    /** The leaf that was altered in the copy, and the one that verification named. */
    readonly tamperedLeaf: number
    readonly tamperedNamed: number | null
    readonly words: string
  }
}

export const PARTITIONS = 2
const EXAMPLES = 20
const PROGRESS_MS = 500

/** The run begins now. */
export const planOf = ({ devices, messages, seed }: Pick<DemoOptions, "devices" | "messages" | "seed">): FleetPlan =>
  fleetPlan({ devices, messages, seed, now: Math.floor(Date.now() / 1000), attacks: CATALOGUE })

/** @throws UsageError where the directory already holds a log: the demo starts from nothing */
export const runDemo = async (options: DemoOptions): Promise<DemoReport> => {
  const { dir, progress } = options
  if (existsSync(join(dir, "assay.json")))
    throw new UsageError(`${dir} already holds a log; give the demo an empty directory`)
  progress("making keys, credentials, a trust bundle and a policy ...")
  const plan = options.plan ?? planOf(options)
  const ledger = options.ledger ?? new Ledger()
  await beginLog(dir, plan)
  const node = await openNode(SERVICES, {
    dir,
    partitions: PARTITIONS,
    roots: plan.world.rootSet,
    topology: options.topology,
    tickMs: 250,
    seal: true,
    workers: null,
    onBatch: ledger.batch,
    onProblem: (what, cause) => progress(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`),
  })
  if (options.rootsFile !== null) {
    writeFileSync(options.rootsFile, `${JSON.stringify(plan.world.rootSet, null, 2)}\n`)
  }
  let seconds = 0
  try {
    seconds = await attack(node, plan, ledger, progress)
  } finally {
    await node.close()
  }
  progress("checking the audit log offline, then once more with one leaf altered ...")
  const log = await openEmbedded({ dir, readOnly: true })
  try {
    return { ...book(options, ledger, seconds), log: await checkLog(log, dir) }
  } finally {
    await log.close()
  }
}

/**
 * Makes the log as old as the plan: nothing of the fleet is then from before it, however long ago the plan was made (it may
 * have been run on another log first).
 */
const beginLog = async (dir: string, { world }: FleetPlan): Promise<void> => {
  mkdirSync(dir, { recursive: true })
  const log = await openEmbedded({ dir, partitions: PARTITIONS, clock: () => world.now * 1000 })
  await log.close()
}

/**
 * The whole plan, from the knowledge to the last decision.
 * @param node where it happens; `settled` resolves when all that was submitted is decided
 * @returns how long it took, in seconds
 */
export const attack = async (
  node: { readonly log: Log; readonly settled: () => Promise<void> },
  plan: FleetPlan,
  ledger: Ledger,
  progress: (line: string) => void,
): Promise<number> => {
  const { log } = node
  const started = performance.now()
  let shown = 0
  for (const [kind, body] of plan.world.signedItems) await publishKnowledge(log, kind, body)
  progress("every device shows its credential ...")
  await feed(log, plan.enrolment(), ledger, () => undefined)
  await node.settled() // an admission comes back into the stream; who speaks before it is a stranger
  await feed(log, plan.run(), ledger, (taken) => {
    const at = performance.now()
    if (at - shown < PROGRESS_MS) return
    shown = at
    const { verified, annotated, quarantined, rejected } = ledger.totals
    const rate = Math.round(ledger.decided / ((at - started) / 1000))
    progress(
      `${taken} submitted, ${rate}/s: ${verified} verified, ${annotated} annotated, ${quarantined} quarantined, ${rejected} rejected`,
    )
  })
  await node.settled()
  return (performance.now() - started) / 1000
}

/** What the run came to, from its book. */
export const book = (
  options: Pick<DemoOptions, "seed" | "devices">,
  ledger: Ledger,
  seconds: number,
): Omit<DemoReport, "log"> => ({
  seed: options.seed,
  devices: options.devices,
  seconds: Math.round(seconds * 10) / 10,
  perSecond: Math.round(ledger.decided / seconds),
  submitted: ledger.submitted,
  decided: ledger.decided,
  totals: ledger.totals,
  lost: ledger.open,
  duplicated: ledger.duplicated,
  wronged: ledger.wronged.length,
  wrongedExamples: ledger.wronged.slice(0, EXAMPLES),
  victims: ledger.victims.length,
  victimExamples: ledger.victims.slice(0, EXAMPLES),
  attacks: ledger.rows(CATALOGUE),
})

/** @param dir where the log is sealed */
export const checkLog = async (log: Log, dir: string): Promise<DemoReport["log"]> => {
  const keys = readFileSync(vkeyPath(dir, 0), "utf8")
  const copy = mkdtempSync(join(tmpdir(), "assay-tampered-"))
  try {
    const directory = logDirectory(dir, 0)
    const honest = await verifyLog(log, dir, { partition: 0, directory, keys })
    const tamperedLeaf = tamperWithCopy(directory, copy)
    const altered = await verifyLog(log, dir, { partition: 0, directory: copy, keys })
    return {
      leaves: honest.size,
      intact: honest.intact,
      tamperedLeaf,
      tamperedNamed: altered.findings[0]?.leaf ?? null,
      words: altered.findings[0]?.text ?? altered.summary,
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
