import { logContract } from "@assay/log/contract"
import { describeKafka } from "@assay/testkit/kafka"
import { openUnderTest } from "./contract-log.ts"

describeKafka("on a real broker", () => {
  logContract("the Kafka engine", openUnderTest(true))
})
