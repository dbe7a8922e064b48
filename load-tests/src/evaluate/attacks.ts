/**
 * How soon attacks are seen, by how many honest messages came before: those of the catalogue that consist of messages,
 * through the whole pipeline. An attack that needs no history is seen alike whatever came before.
 */
import { OwnTimeNode } from "@assay/cli/own-time"
import { ATTACKS, type Label, meets, Scene, type Step, World } from "@assay/fleet"

/** Honest messages before an attack. */
export const ONSETS = [20, 60, 200] as const

export interface Seen {
  readonly attack: string
  readonly title: string
  /** By onset, the number of the first attempt that was decided as expected, for each injection; null where none was. */
  readonly attempts: Readonly<Record<number, ReadonlyArray<number | null>>>
}

/** 2026-01-05T00:00:00Z. */
const NOW = Date.UTC(2026, 0, 5) / 1000
/** Between two messages of one injection: the clock of a device moves a second each four messages. */
const TURN_MS = 250
const INJECTIONS = 2
/** Longer than any injection: the clocks of devices go on with what they say. */
const CLOCK_SECONDS = 3_600
const RATE_PER_MINUTE = 240
const FLOOD = 500

interface Planned {
  readonly at: number
  readonly injection: number
  readonly step: Step
  /** Which attempt of its injection, from 1; 0 for what is none. */
  readonly attempt: number
}

type Tag = Pick<Planned, "injection" | "attempt"> & { readonly label: Label }

const isOfMessages = (steps: ReadonlyArray<Step>): boolean =>
  steps.every(({ submission }) => submission.kind === "message")

/** Each injection begins at once, and takes its turns in time with the others. */
const planned = (injection: number, steps: ReadonlyArray<Step>): ReadonlyArray<Planned> => {
  let turns = 0
  let attempts = 0
  return steps.map((step) => {
    if (step.when === "turn") turns++
    const attempt = step.submission.label.role === "attempt" ? ++attempts : 0
    return { at: NOW * 1000 + 1_000 + turns * TURN_MS, injection, step, attempt }
  })
}

/** @param only names of attacks; all by default */
export const measureAttacks = async (
  seed: string,
  onProgress: (line: string) => void,
  onsets: ReadonlyArray<number> = ONSETS,
  only: ReadonlyArray<string> | null = null,
): Promise<ReadonlyArray<Seen>> => {
  const catalogue = ATTACKS.filter(
    ({ mustNotPunish, name }) => mustNotPunish !== true && (only?.includes(name) ?? true),
  )
  const found = new Map(
    catalogue.map(({ name, title }) => [
      name,
      { attack: name, title, attempts: {} as Record<number, Array<number | null>> },
    ]),
  )
  for (const onset of onsets) {
    onProgress(`attacks after ${onset} honest messages`)
    const world = new World({ seed, now: NOW, ratePerMinute: RATE_PER_MINUTE, clockSeconds: CLOCK_SECONDS })
    const injections = catalogue
      .flatMap((attack) =>
        Array.from({ length: INJECTIONS }, (_, instance) => ({
          attack,
          steps: [...attack.inject(new Scene(world, attack, instance, { learn: onset, flood: FLOOD, crowd: 400 }))],
        })),
      )
      .filter(({ steps }) => isOfMessages(steps))
    const first = await firstSeen(
      world,
      injections.map(({ steps }) => steps),
    )
    injections.forEach(({ attack }, index) => {
      const { attempts } = found.get(attack.name)!
      attempts[onset] = [...(attempts[onset] ?? []), first[index]!]
    })
  }
  return [...found.values()].filter(({ attempts }) => Object.keys(attempts).length > 0)
}

/** For each injection, the first attempt that was decided as it should be. */
const firstSeen = async (
  world: World,
  injections: ReadonlyArray<ReadonlyArray<Step>>,
): Promise<ReadonlyArray<number | null>> => {
  const first: Array<number | null> = injections.map(() => null)
  const node = await OwnTimeNode.open<Tag>({
    world,
    onOutcome: ({ tag: { injection, attempt, label }, decided: { decision } }) => {
      if (attempt === 0 || label.expect === null || first[injection] !== null) return
      if (meets(label.expect, decision.outcome, decision.reasons)) first[injection] = attempt
    },
  })
  try {
    const all = injections.flatMap((steps, index) => planned(index, steps))
    const messageOf = ({ step: { submission } }: Planned) => {
      if (submission.kind !== "message") throw new Error(`${submission.kind} is no message`)
      return { did: Buffer.from(submission.key).toString("utf8"), bytes: submission.envelope.bytes }
    }
    await node.present(all.filter(({ step }) => step.when === "enrolment").map(messageOf), NOW * 1000 + 500)
    for (const one of all.filter(({ step }) => step.when !== "enrolment").toSorted((a, b) => a.at - b.at)) {
      const { did, bytes } = messageOf(one)
      const { injection, attempt } = one
      await node.say(did, bytes, one.at, { injection, attempt, label: one.step.submission.label })
    }
    await node.settle()
  } finally {
    await node.close()
  }
  return first
}
