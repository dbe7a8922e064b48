/** Log: the log of the process, of either engine, with the roles that the process has; and whether it had to be given up. */
import { refuseOtherEpoch } from "@assay/engine"
import { streamsRoute } from "@assay/ingress"
import { DataDirError, type Log } from "@assay/log"
import { openShared, type SharedLog } from "@assay/log/embedded"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { makeDataDir } from "../log/directory.ts"
import { guardEpoch } from "../log/epoch-guard.ts"
import { type GuardedLog, guardLog } from "../log/guard.ts"
import { withKeptSchemas } from "../log/kept-schemas.ts"
import { openLog } from "../log/open.ts"
import { CLOCKS, guardTime, type TimeGuard } from "../log/time-guard.ts"
import { guardWrites, type WriteGuard } from "../log/write-guard.ts"
import type { NodePlan } from "../plan.ts"
import { roleOfSink } from "../sinks.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { giveRoutes } from "./routes.ts"
import { Stop } from "./stop.ts"

export class LogPort extends Context.Service<LogPort, Log>()("assay/Log") {}

/** Whether another process has the data directory now, or the log was ended: then nothing is written any more, and the process must end. */
export class LogLoss extends Context.Service<LogLoss, Pick<GuardedLog, "lost" | "ended" | "giveUp">>()(
  "assay/LogLoss",
) {}

/** Why nothing is appended now, because clocks disagree; null where they agree. */
export class LogTime extends Context.Service<LogTime, Pick<TimeGuard, "alarm" | "anchor">>()("assay/LogTime") {}

/** Why the log takes nothing, because its storage fails; null where it takes what is written. */
export class LogWrites extends Context.Service<LogWrites, Pick<WriteGuard, "alarm" | "refusing">>()(
  "assay/LogWrites",
) {}

/** Whom the threads that own partitions of the embedded log are attached to; null where this thread writes, or on Kafka. */
export class Owners extends Context.Service<Owners, { readonly shared: SharedLog | null }>()("assay/Owners") {}

/** What the process is to the brokers. */
export const rolesOf = ({
  topology,
  services,
  sealing,
  redisUrl,
  cohortKey,
  passportKey,
  challenger,
  endorser,
  sinks,
  readings,
}: NodePlan): ReadonlyArray<string> => [
  ...(topology === "chained" ? ["chained"] : services.flatMap(({ roles }) => roles)),
  ...(sealing === null ? [] : sealing.roles),
  ...(redisUrl === null ? [] : ["read-model"]),
  ...(cohortKey === null ? [] : ["aggregator"]),
  ...(challenger === null && endorser === null ? [] : ["enrolment"]),
  ...(passportKey === null ? [] : ["passport-issuer"]),
  ...new Set(sinks.map(roleOfSink)),
  ...(readings === null ? [] : ["readings"]),
]

/** Fails with DataDirError, LogSetupError or ConfigurationError. */
export const logLayer = Layer.effectContext(
  Effect.gen(function* () {
    const plan = yield* Config
    const { emit, emitLast } = yield* Events
    const { release } = yield* Stop
    if (plan.log.warning !== undefined) emit({ code: "log.unused_brokers", message: plan.log.warning })
    const open = async (): Promise<Pick<SharedLog, "log"> & { readonly shared: SharedLog | null }> => {
      if (plan.dir !== null) makeDataDir(plan.dir)
      if (plan.log.kafka === null && plan.dir !== null && plan.workers !== 0) {
        const shared = await openShared({
          dir: plan.dir,
          ...(plan.partitions === null ? {} : { partitions: plan.partitions }),
        })
        return { log: await withKeptSchemas(shared.log, plan.dir, true), shared }
      }
      const log = await openLog(plan.log, plan.dir, {
        ...(plan.partitions === null ? {} : { partitions: plan.partitions }),
        roles: rolesOf(plan),
        onProblem: (cause) => emit({ code: "log.problem", message: "the log", cause }),
      })
      return { log, shared: null }
    }
    const { log: opened, shared } = yield* Effect.acquireRelease(attempt(open), ({ log }) =>
      release("the log", () => log.close()),
    )
    yield* attempt(() => refuseOtherEpoch(opened))
    const guarded = guardLog(guardEpoch(opened), (cause) =>
      emitLast(
        cause instanceof DataDirError
          ? {
              code: "log.taken",
              message:
                "ALARM: another process has the data directory, so this one takes and decides nothing more, and ends",
              cause,
            }
          : {
              code: "log.ended",
              message: "ALARM: the log goes on elsewhere, so this process takes and decides nothing more, and ends",
              cause,
            },
      ),
    )
    const { lost, ended, giveUp } = guarded
    const writes = guardWrites(guarded.log, {
      now: Date.now,
      onChange: (why) =>
        why === null
          ? emit({ code: "log.writable", message: "the log takes what is written again" })
          : emit({ code: "log.unwritable", message: `ALARM: ${why}` }),
    })
    const { log, alarm, anchor } = guardTime(writes.log, {
      clocks: CLOCKS,
      acceptAhead: plan.acceptTime,
      onChange: (why) =>
        why === null
          ? emit({ code: "log.time_agrees", message: "the clocks agree again" })
          : emit({ code: "log.time", message: `ALARM: nothing is appended: ${why}` }),
    })
    yield* giveRoutes("the log", [streamsRoute(log)])
    return Context.make(LogPort, log).pipe(
      Context.add(LogLoss, { lost, ended, giveUp }),
      Context.add(LogTime, { alarm, anchor }),
      Context.add(LogWrites, { alarm: writes.alarm, refusing: writes.refusing }),
      Context.add(Owners, { shared }),
    )
  }),
)
