/** The options of commands that operators sign. */
import { NODE_OPTIONS } from "./client.ts"
import type { Command } from "./command.ts"
import { DATA_OPTION } from "./open-log.ts"
import { ROOTS_OPTION } from "./roots.ts"

/** How long a signed command may wait for the others, and for the node. */
export const VALID_OPTION = {
  valid: {
    type: "string",
    value: "MINUTES",
    default: "5",
    help: "how long this signature counts; longer where another operator signs later",
  },
} as const satisfies Command["options"]

export const OPERATOR_OPTIONS = {
  keys: { type: "string", value: "FILE[,FILE]", help: "the operators' key files" },
  tokens: { type: "string", value: "FILE", help: "tokens that other operators have signed already" },
  aud: { type: "string", value: "URI", help: "the trust domain of the deployment" },
  log: { type: "string", value: "NAME", help: "the name of the log; asked from the node where it is left out" },
  reason: { type: "string", value: "TEXT", help: "why, for the audit record" },
  ...VALID_OPTION,
  ...NODE_OPTIONS,
  "sign-only": { type: "boolean", help: "print the signed tokens instead of sending them" },
} as const satisfies Command["options"]

/** Of commands that operators sign and that plan over the log. */
export const PLANNING_OPERATOR_OPTIONS = {
  ...DATA_OPTION,
  ...ROOTS_OPTION,
  ...OPERATOR_OPTIONS,
  tokens: { type: "string", value: "FILE", help: "what another operator has printed with --sign-only" },
  log: { type: "string", value: "NAME", help: "the name of the log; that of --data where it is left out" },
  reason: { type: "string", value: "TEXT", help: "why, for the audit record; operator where it is left out" },
} as const satisfies Command["options"]
