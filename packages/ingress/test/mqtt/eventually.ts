/** What another process, or the network, does by and by. A machine may be busy: the time is for giving up only. */
import { expect } from "vitest"

export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000, interval: 20 })
