/** `@assay/ingress/mqtt`: an entry point of its own, so that nothing else loads the client of MQTT. */
export { type AdapterStatus, type LostCode, type MqttAdapter, startMqtt } from "./adapter.ts"
export type { ChallengeCounts, ChallengeTopics } from "./challenges.ts"
export { type ListenerOptions, type MosquittoOptions, mosquittoAcl, mosquittoConfiguration } from "./mosquitto.ts"
export { startPassportPush } from "./passports.ts"
export {
  RECEIPT_TYPE,
  type ReceiptClaims,
  type ReceiptCounts,
  type RunningReceipts,
  startReceipts,
} from "./receipts.ts"
export { type BrokerSettings, type MqttSettings, readChallengeTopics, readMqtt } from "./settings.ts"
export { parseReceiptTopic, parseTemplates, type TopicTemplate } from "./topics.ts"
