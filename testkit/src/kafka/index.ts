export { createTestLog, PARTITIONS, type TestLog } from "./log.ts"
export { describeBroker, describeKafka, testCluster } from "./testing.ts"
