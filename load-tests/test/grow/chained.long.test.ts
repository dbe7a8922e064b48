/** What `npm run grow` does, in short: chained. */
import { describeKafka } from "@assay/testkit/kafka"
import { canStartMosquitto, sayWhatIsSkipped } from "@assay/testkit/mqtt"
import { it } from "vitest"
import { GROW_TIMEOUT, losesNothing } from "./short.ts"

sayWhatIsSkipped("load-tests/test/grow/chained.long.test.ts")

describeKafka("more partitions while devices send, chained", () => {
  it.runIf(canStartMosquitto)(
    "loses and repeats nothing, and devices go on as they were",
    { timeout: GROW_TIMEOUT },
    () => losesNothing("chained", { instances: 3, seconds: 8, kills: 3, backwards: false }),
  )
})
