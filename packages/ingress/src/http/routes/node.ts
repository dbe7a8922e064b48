/** The routes of a whole node but ingress: those of each of its parts. */
import type { StageRunner } from "@assay/engine"
import { KINDS, type Kinds } from "@assay/knowledge"
import type { Log } from "@assay/log"
import type { Metrics } from "@assay/telemetry"
import type { AnyStage } from "@assay/trust"
import type { Route } from "../route.ts"
import { controlRoute } from "./control.ts"
import { type DeviceModel, deviceRoute } from "./devices.ts"
import { healthRoutes } from "./health.ts"
import { knowledgeRoutes } from "./knowledge.ts"
import { streamsRoute } from "./streams.ts"

export interface RoutesOptions {
  readonly log: Log
  /** Default: every kind of knowledge that this version knows. */
  readonly kinds?: Kinds
  readonly metrics: Metrics
  readonly runners: () => ReadonlyArray<StageRunner>
  /** Why the node is not ready, or null. */
  readonly notReady: () => string | null
  /** What the deciding stage shows of a device's state, for people; null where it has none. */
  readonly describe: (stage: AnyStage, state: unknown) => unknown
  /** The shared read model, where there is one. */
  readonly model?: DeviceModel | null
}

/** What a composition of one's own leaves out, a node does not serve. */
export const nodeRoutes = (options: RoutesOptions): ReadonlyArray<Route> => [
  ...healthRoutes(options),
  deviceRoute(options),
  streamsRoute(options.log),
  controlRoute(options.log),
  ...knowledgeRoutes(options.log, options.kinds ?? KINDS),
]
