export {
  DECISION_STREAMS,
  type DecidedMessage,
  type DecisionEnds,
  decisionEnds,
  decisionsOf,
} from "./core/decisions.ts"
export { type Ingress, type IngressOptions, makeIngress } from "./core/ingress.ts"
export { Quota } from "./core/quota.ts"
export { type Grant, RIGHTS, type Right } from "./core/rights.ts"
export type { Refusal, RefusalCode, Submission } from "./core/submission.ts"
export { type Access, accessFor, isLoopback, parseTokens } from "./http/access.ts"
export { describeState } from "./http/describe.ts"
export { openApiRoute } from "./http/openapi.ts"
export { RequestError, readBody } from "./http/request.ts"
export { type Answer, overlaps, type Route } from "./http/route.ts"
export { controlRoute } from "./http/routes/control.ts"
export { deviceRoute } from "./http/routes/devices.ts"
export { enrolmentRoutes } from "./http/routes/enrolment.ts"
export { healthRoutes } from "./http/routes/health.ts"
export { knowledgeRoutes } from "./http/routes/knowledge.ts"
export { messagesRoute } from "./http/routes/messages.ts"
export type { ControlOutcome } from "./http/routes/outcome.ts"
export { passportRoutes } from "./http/routes/passports.ts"
export { relayRoute } from "./http/routes/relay.ts"
export { streamsRoute } from "./http/routes/streams.ts"
export { type RunningServer, startServer } from "./http/server.ts"
export { readTls, type Tls } from "./http/tls.ts"
export { Waits } from "./http/wait.ts"
export { challengesFrom } from "./relay/challenge.ts"
export { relayTo } from "./relay/client.ts"
