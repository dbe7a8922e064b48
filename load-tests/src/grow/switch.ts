/** From one epoch to the next while devices go on sending, step by step as docs/guides/operations.md says. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { EPOCH_TYPE, type Epoch } from "@assay/knowledge"
import { EXIT } from "@assay/settings"
import { startAssay } from "@assay/testkit/cli"
import { assay, MAIN } from "../cluster/assay.ts"
import type { Deployment } from "../cluster/deployment.ts"
import type { Instance } from "../cluster/instance.ts"

export interface SwitchOptions {
  readonly dir: string
  readonly world: World
  readonly deployment: Deployment
  /** Is asleep all the while; null: none. */
  readonly sleeper: Instance | null
  /** Of the former log. */
  readonly env: Readonly<Record<string, string>>
  readonly partitions: number
  /** Staged: services stop in the wrong order, so that each leaves the next one what nobody judges; some run once more. */
  readonly backwards: boolean
  readonly toPrefix: string
  /** How often `assay topics grow` is killed before it may come to its end. */
  readonly kills: number
  readonly progress: (line: string) => void
}

export interface Switched {
  readonly epoch: Epoch
  /** Of `assay topics grow`: those that hit it before its end. */
  readonly kills: number
  /** How often services had to run once more, since something waited. */
  readonly again: number
  readonly moved: number
  readonly carried: number
  /** Milliseconds from the first request to stop: all have ended; it is planned and signed; the next log is filled. */
  readonly stoppedMs: number
  readonly signedMs: number
  readonly filledMs: number
}

const TRIES = 40
const PAUSE_MS = 1_000
const READY_MS = 180_000
/** A step is a second or two, so that kills hit all of them. */
const KILL_MS = { first: 1_500, step: 1_300 }

/** In this order of the services; last the one that seals, so that it seals what the others leave. */
const stopAll = async (
  { deployment }: SwitchOptions,
  running: ReadonlyArray<Instance>,
  services = deployment.services,
): Promise<void> => {
  const seals = (one: Instance): boolean => one.name === deployment.sealer
  for (const service of services) {
    const ofService = running.filter((one) => one.service === service && !seals(one))
    await Promise.all(ofService.map((one) => one.stop()))
    if (services.length > 1) await sleep(PAUSE_MS)
  }
  await Promise.all(running.filter(seals).map((one) => one.stop()))
}

/**
 * One process of each service runs once more, all of them at once: what one of them had left, the next one has to judge, and an admission
 * that came late goes through all of them.
 */
const runOnceMore = async (options: SwitchOptions, awake: ReadonlyArray<Instance>): Promise<void> => {
  const { deployment } = options
  const again = deployment.services.map((service) => {
    const able = awake.filter((one) => one.service === service)
    return able.find(({ name }) => name === deployment.sealer) ?? able[0]!
  })
  for (const one of again) one.start()
  for (const one of again) await one.untilReady(READY_MS)
  await sleep(PAUSE_MS)
  await stopAll(options, again)
}

/** Plans until nothing waits: services that ended too early run once more. */
const plan = async (
  options: SwitchOptions,
  awake: ReadonlyArray<Instance>,
): Promise<{ readonly planned: string; readonly again: number }> => {
  const { dir, env, partitions, progress } = options
  let again = 0
  for (let attempt = 1; ; attempt++) {
    const call = ["topics", "grow", "--partitions", String(partitions), "--json"]
    const { code, out, err } = await startAssay(call, { cwd: dir, env }).done
    if (code === 0) return { planned: out, again }
    if (attempt === TRIES) throw new Error(`assay topics grow does not plan: ${err}`)
    progress(`not yet: ${err.trim().slice(0, 200)}`)
    if (/not at its end/.test(err)) {
      await runOnceMore(options, awake)
      again++
    } else await sleep(PAUSE_MS)
  }
}

export const switchOver = async (options: SwitchOptions): Promise<Switched> => {
  const { dir, env, world, kills: wanted, toPrefix, deployment, sleeper, progress } = options
  const awake = deployment.instances.filter((one) => one !== sleeper)
  const began = performance.now()
  const since = (): number => Math.round(performance.now() - began)
  // Those that take messages first, so that what they have handed on is judged to its end.
  await stopAll(options, awake, options.backwards ? deployment.services.toReversed() : deployment.services)
  const stoppedMs = since()
  const { planned, again } = await plan(options, awake)
  writeFileSync(join(dir, "epoch.dsse"), dsseSign(EPOCH_TYPE, Buffer.from(planned), world.roots.slice(0, 2)))
  const signedMs = since()
  progress(`stopped after ${stoppedMs} ms, planned and signed after ${signedMs} ms`)
  await assay(["schemas", "apply", "--prefix", toPrefix], env, MAIN)
  const item = ["topics", "grow", "--item", "epoch.dsse", "--to-prefix", toPrefix]
  let kills = 0
  for (let attempt = 1; ; attempt++) {
    const child = startAssay([...item, "--roots", deployment.rootsFile, "--json"], { cwd: dir, env })
    const timer =
      kills < wanted ? setTimeout(() => child.kill("SIGKILL"), KILL_MS.first + kills * KILL_MS.step) : undefined
    const { code, out, err } = await child.done
    clearTimeout(timer)
    if (code === 0) {
      const { moved, messages } = JSON.parse(out) as { readonly moved: number; readonly messages: number }
      const epoch = JSON.parse(planned) as Epoch
      return { epoch, kills, again, moved, carried: messages, stoppedMs, signedMs, filledMs: since() }
    }
    if (code === null) kills++
    // A call that was killed counts as a process that fills the log for as long as its transactions run.
    else if (code !== EXIT.usage || attempt === TRIES)
      throw new Error(`assay topics grow does not come to its end (${code}): ${err}`)
    else await sleep(PAUSE_MS)
    progress(code === null ? `assay topics grow was killed, the ${kills}. time` : err.trim().slice(0, 300))
  }
}
