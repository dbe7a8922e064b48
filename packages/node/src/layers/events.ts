/** Events: the log lines of the process. The first to open and the last to close, so that everything can say what it meets. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Emit } from "../events/event.ts"
import { type EventSink, eventSink } from "../events/sink.ts"

export class Events extends Context.Service<Events, EventSink>()("assay/Events") {}

/** @param write takes what is to be said; must not throw */
export const eventsLayer = (write: Emit) => Layer.sync(Events, () => eventSink(write))
