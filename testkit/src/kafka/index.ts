export { type Breaking, breaking, END_TXN, PRODUCE } from "./breaking-sockets.ts"
export { createTestLog, PARTITIONS, type TestLog } from "./log.ts"
export { describeBroker, describeKafka, testCluster } from "./testing.ts"
