/**
 * Has a log's checkpoints cosigned: asks the witnesses of a policy for each published head, and keeps the newest one that enough
 * of them cosigned. Sealing never waits for it: where witnesses are away, the log grows on, and a log line says what they answered.
 */
import {
  cosignaturesOn,
  NoteError,
  type Policy,
  type PolicyWitness,
  readCheckpoint,
  type TileReader,
  type VerifierKey,
} from "@assay/transparency"
import { type Asked, askWitness } from "./ask.ts"

/** One log, where it lies. */
export interface CosignedLog {
  readonly key: VerifierKey
  readonly tiles: TileReader
  /** The newest published checkpoint, signed by the log; null before the first. */
  published(): Promise<string | null>
  /** What `keep` was given last; null where nothing was. */
  kept(): Promise<string | null>
  /** Durable when it resolves. */
  keep(note: string): Promise<void>
}

export interface CosigningOptions {
  readonly logs: ReadonlyArray<CosignedLog>
  readonly policy: Policy
  /** Between two rounds, milliseconds. */
  readonly intervalMs: number
  /** A head that does not change is cosigned anew so often: a witness' time says that the log still shows itself. */
  readonly refreshMs?: number
  readonly timeoutMs?: number
  readonly now?: () => number
  /** What a witness answered instead, or why there is no quorum: at most once a minute for each log and witness. */
  readonly onProblem: (text: string) => void
}

/** What whoever runs a log says of its witnesses. */
export type Witnesses = Pick<CosigningOptions, "policy" | "intervalMs" | "onProblem">

export interface RunningCosigning {
  /** Asks for all logs once; rounds never overlap. */
  round(): Promise<void>
  /** Leaves under the newest cosigned head, by log; 0 where there is none. */
  witnessed(): ReadonlyArray<number>
  /** Cosignatures that witnesses were asked for since the start, and those that came. */
  counted(): { readonly asked: number; readonly had: number }
  stop(): Promise<void>
}

interface Standing {
  readonly log: CosignedLog
  /** Leaves that each witness is thought to know. */
  readonly known: Map<string, number>
  /** The note that was kept last, when, and its leaves. */
  note: string | null
  at: number
  size: number
}

const REFRESH_MS = 60_000
const TIMEOUT_MS = 5_000
const TELL_MS = 60_000

const isAsked = (witness: PolicyWitness): witness is PolicyWitness & { readonly url: string } => witness.url !== null

const textOf = (note: string): string => note.slice(0, note.lastIndexOf("\n\n") + 1)

/** Starts rounds; the first begins at once. */
export const startCosigning = (options: CosigningOptions): RunningCosigning => {
  const {
    logs,
    policy,
    intervalMs,
    refreshMs = REFRESH_MS,
    timeoutMs = TIMEOUT_MS,
    now = Date.now,
    onProblem,
  } = options
  const witnesses = policy.witnesses.filter(isAsked)
  const standings = logs.map((log): Standing => ({ log, known: new Map(), note: null, at: 0, size: 0 }))
  const saidAt = new Map<string, number>()
  /** Bounded by the logs and witnesses of the policy. */
  const tell = ({ key }: CosignedLog, who: string, text: string): void => {
    const name = `${key.name} ${who}`
    if (now() - (saidAt.get(name) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return
    saidAt.set(name, now())
    onProblem(`${key.name}: ${text}`)
  }
  const counted = { asked: 0, had: 0 }
  let isRestored = false
  let stopped = false

  /** What was kept before a restart. */
  const restore = async (standing: Standing): Promise<void> => {
    const kept = await standing.log.kept()
    if (kept === null) return
    try {
      const { head } = cosignaturesOn(kept, standing.log.key, policy)
      standing.size = head.size
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      tell(standing.log, "kept", `its cosigned checkpoint is replaced: ${cause.message}`)
    }
  }

  const ask = async (
    standing: Standing,
    note: string,
    away: Set<string>,
  ): Promise<ReadonlyArray<Asked & { name: string }>> =>
    Promise.all(
      witnesses
        .filter(({ name }) => !away.has(name))
        .map(async (witness) => {
          const { log, known } = standing
          const old = known.get(witness.name) ?? 0
          const asked = await askWitness({ witness, log: log.key, note, tiles: log.tiles, old, timeoutMs })
          if ("refusal" in asked && asked.refusal === "unreachable") away.add(witness.name)
          return { ...asked, name: witness.name }
        }),
    )

  const cosignOne = async (standing: Standing, away: Set<string>): Promise<void> => {
    const { log } = standing
    const note = await log.published()
    if (note === null || (textOf(note) === standing.note && now() - standing.at < refreshMs)) return
    const answers = await ask(standing, note, away)
    const { size } = readCheckpoint(note)
    const cosigned = new Set<string>()
    let lines = ""
    counted.asked += answers.length
    for (const answer of answers) {
      if ("refusal" in answer) {
        tell(log, answer.name, answer.text)
        continue
      }
      counted.had += 1
      cosigned.add(answer.name)
      standing.known.set(answer.name, size)
      lines += answer.line
    }
    if (!policy.isMet(cosigned)) {
      tell(log, "quorum", `no quorum of witnesses: ${policy.quorum} is asked for`)
      return
    }
    await log.keep(`${note}${lines}`)
    Object.assign(standing, { note: textOf(note), at: now(), size })
  }

  const once = async (): Promise<void> => {
    if (!isRestored) {
      for (const standing of standings) await restore(standing)
      isRestored = true
    }
    // Whoever does not answer for one log is not waited for again in this round.
    const away = new Set<string>()
    for (const standing of standings) {
      if (stopped) return
      await cosignOne(standing, away)
    }
  }

  let turn: Promise<void> = Promise.resolve()
  let isWaiting = false
  const round = (): Promise<void> => {
    isWaiting = true
    turn = turn.then(once).catch((cause: unknown) => onProblem((cause as Error).message))
    return turn.finally(() => {
      isWaiting = false
    })
  }
  const timer = setInterval(() => {
    if (!isWaiting) void round()
  }, intervalMs)
  timer.unref()
  void round()
  return {
    round,
    witnessed: () => standings.map(({ size }) => size),
    counted: () => ({ ...counted }),
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await turn
    },
  }
}
