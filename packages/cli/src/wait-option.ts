/** How commands are asked to wait for what a node makes of their call. */
import type { Arguments, Option } from "./command.ts"

const DEFAULT_S = 60
/** As long as a node holds a call open (`MAX_WAIT_S` of its administration routes). */
const MAX_S = 240

/** @param what what is waited for, for example `wait until each message is decided` */
export const waitOptions = (what: string): Readonly<Record<string, Option>> => ({
  wait: { type: "boolean", help: what },
  timeout: {
    type: "string",
    value: "SECONDS",
    default: String(DEFAULT_S),
    help: "give up waiting after this time, with exit code 3",
  },
})

/** Seconds to wait; null where the call does not ask for it. @throws UsageError */
export const waitSeconds = (given: Arguments): number | null =>
  given.flag("wait") ? given.whole("timeout", 1, MAX_S) : null
