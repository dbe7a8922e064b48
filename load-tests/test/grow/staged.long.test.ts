/** What `npm run grow` does, in short: staged. */
import { describeKafka } from "@assay/testkit/kafka"
import { canStartMosquitto, sayWhatIsSkipped } from "@assay/testkit/mqtt"
import { it } from "vitest"
import { GROW_TIMEOUT, losesNothing } from "./short.ts"

sayWhatIsSkipped("load-tests/test/grow/staged.long.test.ts")

describeKafka("more partitions while devices send, staged", () => {
  // Stopped in the wrong order: each service leaves the next one something.
  it.runIf(canStartMosquitto)(
    "loses and repeats nothing, and devices go on as they were",
    { timeout: GROW_TIMEOUT },
    () => losesNothing("staged", { instances: 2, seconds: 5, kills: 1, backwards: true }),
  )
})
