/** All commands of `assay`, in the order of the help. */
import type { Command } from "./command.ts"
import { demo } from "./commands/demo.ts"
import { device } from "./commands/device.ts"
import { explain } from "./commands/explain.ts"
import { keygen } from "./commands/keygen.ts"
import { quarantine } from "./commands/quarantine.ts"
import { run } from "./commands/run.ts"
import { sign } from "./commands/sign.ts"
import { submit } from "./commands/submit.ts"
import { tail } from "./commands/tail.ts"

export const COMMANDS: ReadonlyArray<Command> = [demo, run, submit, tail, explain, device, quarantine, keygen, sign]
