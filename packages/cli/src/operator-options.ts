/** The options of commands that operators sign. */
import { NODE_OPTIONS } from "./client.ts"
import type { Command } from "./command.ts"

export const OPERATOR_OPTIONS = {
  keys: { type: "string", value: "FILE[,FILE]", help: "the operators' key files" },
  tokens: { type: "string", value: "FILE", help: "tokens that other operators have signed already" },
  aud: { type: "string", value: "URI", help: "the trust domain of the deployment" },
  log: { type: "string", value: "NAME", help: "the name of the log; asked from the node where it is left out" },
  reason: { type: "string", value: "TEXT", help: "why, for the audit record" },
  ...NODE_OPTIONS,
  "sign-only": { type: "boolean", help: "print the signed tokens instead of sending them" },
} as const satisfies Command["options"]
